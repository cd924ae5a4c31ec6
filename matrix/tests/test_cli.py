import json
import os
import re
import subprocess
import sys
from pathlib import Path

import made
import pytest
from click.testing import CliRunner

from abi_matrix import cli
from abi_matrix.base import cache, errors
from abi_matrix.checking import proof
from abi_matrix.checking.findings import CODES, Report, listed

SOUND = (
    "cp39-abi3-win_amd64",
    "cp313-cp313t-win_amd64",
    "cp314-cp314t-win_amd64",
    "cp315-abi3.abi3t-win_amd64",
)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, ["check", *map(str, arguments)])


def test_the_table_says_who_gets_what(run, tmp_path):
    made.wheels(tmp_path / "dist", *SOUND)
    result = run()
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[:4] == [
        "demo 1.0: 4 wheels for 1 platform",
        "",
        "interpreter  gets                                     on       ",
        "3.10         demo-1.0-cp39-abi3-win_amd64.whl         win_amd64",
    ]
    assert result.output.endswith("\n\nNothing found.\n")


def test_a_folder_may_lie_deeper_than_windows_once_allowed(run, tmp_path):
    """That was 260 characters."""
    folder = tmp_path.joinpath(*["x" * 100] * 3)
    made.wheels(folder, *SOUND)
    assert run(folder).output.endswith("\n\nNothing found.\n")


def test_findings_are_told_with_the_next_step_and_fail(run, tmp_path):
    made.wheels(tmp_path, "cp39-abi3-win_amd64", "cp39-abi3-win_arm64", "cp314-cp314t-win_arm64")
    made.sdist(tmp_path, "demo-1.0")
    result = run(tmp_path, "--python", "3.14", "--python", "3.14t")
    assert result.exit_code == 1
    assert "demo 1.0: 3 wheels and 1 sdist for 2 platforms" in result.output
    rows = [line.split() for line in result.output.splitlines()[3:6]]
    assert rows == [
        ["3.14", "cp39-abi3", "all", "platforms"],
        ["3.14t", "the", "sdist", "win_amd64"],
        ["cp314-cp314t", "win_arm64"],
    ]
    assert (
        "AM003 On win_amd64, 3.14t gets only the sdist, elsewhere a wheel of its own.\n      Build"
        in result.output
    )
    assert result.output.endswith("1 finding.\n")
    assert run(tmp_path, "--python=3.14", "--python=3.14t", "--ignore=AM003").exit_code == 0


def test_who_is_excluded_is_told_why(run, tmp_path):
    made.wheel(tmp_path, "demo-1.0-py3-none-any.whl", requires=">=3.11")
    assert "3.10         nothing: Requires-Python" in run(tmp_path).output


def test_of_several_versions_each_is_named(run, tmp_path):
    made.wheels(tmp_path, "cp311-abi3-win32", "cp311-abi3-win_arm64", named="demo-1.1")
    made.wheels(tmp_path, "cp39-abi3-win32", "cp39-abi3-win_arm64")
    rows = [line.split() for line in run(tmp_path, "--python=3.10", "--python=3.11").output.splitlines()]
    assert rows[0] == ["demo", "1.1", "and", "1.0:", "4", "wheels", "for", "2", "platforms"]
    assert rows[3] == ["3.10", "cp39-abi3", "of", "1.0", "all", "platforms"]
    assert rows[4] == ["3.11", "cp311-abi3", "of", "1.1", "all", "platforms"]


def test_json_has_the_same_and_nothing_else(run, tmp_path):
    made.wheels(tmp_path, "cp39-abi3-win_amd64")
    result = run(tmp_path, "--json", "--python=3.14", "--python=3.15t")
    said = json.loads(result.stdout)
    assert said["interpreters"][0] == {
        "interpreter": "3.14",
        "gets": [{
            "platform": "win_amd64", "file": "demo-1.0-cp39-abi3-win_amd64.whl",
            "excluded_by_requires_python": False,
        }],
    }  # fmt: skip
    assert [finding["code"] for finding in said["findings"]] == ["AM001"]
    assert said["findings"][0]["interpreters"] == ["3.15t"]
    assert (said["not_checked"], said["proofs"]) == ([], [])


def test_what_was_not_checked_is_told_and_fails_if_strict(run, tmp_path):
    made.wheels(tmp_path, *SOUND, members={"demo/_a.pyd": b"PyInit__a PyModuleDef_Init"})
    result = run(tmp_path)
    assert "Not checked: Whether the modules of" in result.output
    assert result.output.endswith("Nothing found, but not everything was checked.\n")
    assert (result.exit_code, run(tmp_path, "--strict").exit_code) == (0, 1)


TAG = "cp314-cp314t-win_amd64"
NAME = f"demo-1.0-{TAG}.whl"
LINE = {"module": "demo._a", "gil": False}


@pytest.fixture
def proven(run, tmp_path, monkeypatch):
    """Return a function that runs --prove, which finds that uv takes this and the imports go so."""
    made.wheels(tmp_path, TAG, members={"demo/_a.pyd": b"PyInit__a PyModuleDef_Init"})

    def proven(*imported, uv=NAME):
        said = {"interpreter": "3.14t", "computed": NAME, "pip": NAME, "uv": uv, "imported": [*imported]}
        monkeypatch.setattr(proof, "prove", lambda *_, **__: Report(proofs=[said]))
        return run(tmp_path, "--python=3.14t", "--prove", "--strict")

    return proven


def test_what_an_import_has_told_counts_as_checked(proven):
    result = proven(LINE)
    assert f"3.14t        {NAME}  1 of 1 module, GIL off\n" in result.output
    assert result.output.endswith("Nothing found.\n")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("lines", "told"), [([], ""), ([LINE, {**LINE, "error": "x"}], "1 of 2 modules, GIL off")]
)
def test_what_no_import_has_told_counts_as_not_checked(proven, lines, told):
    result = proven(*lines)
    assert f"3.14t        {NAME}  {told}".rstrip() in result.output
    assert "Not checked: Whether the modules of cp314-cp314t leave the GIL off" in result.output
    assert result.exit_code == 1


def test_installers_that_disagree_are_told_apart(proven):
    lines = proven(LINE, uv="no wheel").output.splitlines()
    assert [line.split() for line in lines[8:10]] == [
        ["3.14t", "pip:", NAME, "1", "of", "1", "module,", "GIL", "off"], ["uv:", "no", "wheel"],
    ]  # fmt: skip


def test_github_gets_annotations(run, tmp_path, monkeypatch):
    made.wheels(tmp_path, "cp39-abi3-win_amd64")
    assert "::error" not in run(tmp_path, "--python=3.14t").stderr
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    title = "AM001%3A an interpreter gets nothing"
    assert run(tmp_path, "--python=3.14t").stderr.startswith(
        f"::error title={title}::3.14t gets nothing on win_amd64. No free-threaded"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "There is no folder dist here: name the folder or the files to check."),
        (["nowhere"], "Path 'nowhere' does not exist."),
        (["empty"], "Error: AM901 There is no wheel in empty: build some first, or name the folder that"),
        (["some.whl"], "Error: AM902 some.whl has no name of a wheel; build it again: "),
        (["demo-1.0-py3-none-any.whl"], "Error: AM903 demo-1.0-py3-none-any.whl cannot be read as a wheel; "),
        (["good", "--python=3.x"], "Error: AM906 '3.x' is no interpreter: say 3.14, "),
        (["good", "--platform=manylinux_2_17_x86_64"], "'manylinux_2_17_x86_64' is no platform: say "),
        (
            ["good", "--platform=win_amd46"],
            "'win_amd46' is no platform: say manylinux_x86_64 (no version",
        ),
        (
            ["good", "--table=good/demo-1.0-py3-none-any.whl"],
            "is no pyproject.toml, which alone has a table.",
        ),
        (["good", "--ignore=AM999"], "Invalid value for '--ignore'"),
    ],
)
def test_bad_input_is_one_sentence(run, tmp_path, arguments, words):
    made.wheels(tmp_path / "good", "py3-none-any")
    (tmp_path / "empty").mkdir()
    if arguments and arguments[0].endswith(".whl"):
        (tmp_path / arguments[0]).touch()
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("option", ["--json", "--python=3.14"])
def test_an_output_that_cannot_be_written_is_one_sentence(tmp_path, option):
    made.wheels(tmp_path, "py3-none-any")
    command = [sys.executable, "-m", "abi_matrix", "check", tmp_path, option]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    words = "Error: The output cannot be used (No space left on device): mend that and run again.\n"
    assert (result.returncode, result.stderr) == (2, words)


def test_a_name_that_the_output_has_no_letters_for_is_escaped(tmp_path):
    folder = tmp_path / "b\N{LATIN SMALL LETTER A WITH DIAERESIS}r"
    made.wheels(folder, "py3-none-any")
    (folder / "pyproject.toml").write_text(
        "[project]\nname = 'demo'\n[[tool.abi-matrix.wheel]]\ntag = 'py3-none'\nserves = ['3.14']\n"
    )
    command = [sys.executable, "-m", "abi_matrix", "check", folder]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "b\\xe4r" in result.stdout
    assert result.stdout.startswith("demo 1.0: 1 wheel for every platform, by the table in ")


def test_a_cache_that_cannot_be_written_is_one_sentence(run, tmp_path, monkeypatch):
    made.wheels(tmp_path / "dist", "py3-none-any")
    (tmp_path / "file").touch()
    monkeypatch.setattr(cache.platformdirs, "user_cache_path", lambda _: tmp_path / "file" / "abi-matrix")
    result = run("--prove", "--python=3.14")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: The cache folder ")


README = Path(__file__).parent.parent / "README.md"


def test_the_documentation_explains_every_code():
    first_column = [
        line.split("|")[1] for line in README.read_text(encoding="utf-8").splitlines() if "| AM" in line
    ]
    explained = []
    for column in first_column:
        numbers = [int(number) for number in re.findall(r"AM(\d+)", column)]
        explained += range(numbers[0], numbers[-1] + 1) if " to " in column else numbers
    codes = [*CODES, *(code for name, code in vars(errors).items() if name.isupper())]
    assert explained == [int(code.removeprefix("AM")) for code in sorted(codes)]


def test_every_code_is_told_apart_and_lists_read_as_sentences():
    assert len(set(CODES.values())) == len(CODES)
    assert [listed(["a", "b", "c"][:number]) for number in range(4)] == [
        "nothing",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert listed(["a", "b", "c", "d"], 3) == "a, b and 2 others"
