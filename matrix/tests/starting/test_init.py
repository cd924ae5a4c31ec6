"""The command, on projects made for it and on what `maturin new` makes."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import extensions
import pytest
from click.testing import CliRunner

from abi_matrix import cli
from abi_matrix.config.table import load

WRITTEN = {
    "noxfile.py",
    "pyproject.toml",
    *(f".github/workflows/{name}.yml" for name in ("ci", "wheels", "publish")),
}


def init(root, *options):
    load.cache_clear()
    return CliRunner().invoke(cli.main, ["init", str(root), *options])


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def text(root, name="pyproject.toml"):
    return (root / name).read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path):
    return extensions.project(tmp_path)


def test_what_it_proposes_is_shown_written_and_accepted(project):
    before = contents(project)
    result = init(project)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("demo-project: built by maturin with PyO3 0.30, for Python >=3.11\n")
    assert "[[tool.abi-matrix.wheel]] # the free-threaded build of 3.14, which takes no" in result.output
    assert contents(project).keys() - before.keys() == WRITTEN - {"pyproject.toml"}
    assert text(project).startswith(extensions.PYPROJECT), "formatting and comments are the project's"
    table = load(project)
    assert table.interpreters == ["3.11", "3.12", "3.13", "3.14", "3.15", "3.14t", "3.15t"]
    assert table.tests.command == "python -c 'import demo'"


def test_a_dry_run_says_the_same_and_writes_nothing(project):
    before = contents(project)
    result = init(project, "--dry-run")
    assert contents(project) == before
    assert "pyproject.toml would be written\n" in result.output
    assert "\n    abi_matrix.sessions(__file__)\n" in result.output


@pytest.mark.parametrize("name", ["ci.yml", "CI.yml", "ci.yaml"])
def test_a_file_that_is_there_is_left_alone_and_named(tmp_path, name):
    there = {f".github/workflows/{name}": "mine", "noxfile.py": "mine"}
    root = extensions.project(tmp_path, **there)
    result = init(root)
    assert all(text(root, file) == "mine" for file in there)
    for file in there:
        assert f"{file} is left alone (with --beside ours is " in result.output
    assert "in noxfile.py: from abi_matrix import nox as abi_matrix; abi_matrix.ses" in result.output
    assert f"see whether {name} did what ours do" in result.output


def test_ours_are_written_beside_only_if_that_is_asked(tmp_path):
    there = {".github/workflows/wheels.yml": "mine", "noxfile.py": "mine"}
    root = extensions.project(tmp_path, **there)
    result = init(root, "--beside")
    assert all(text(root, file) == "mine" for file in there)
    assert "nox -f noxfile-abi-matrix.py" in text(root, ".github/workflows/ci.yml")
    assert "workflows/wheels-abi-matrix.yml" in text(root, ".github/workflows/publish.yml")
    assert "abi_matrix.sessions(__file__)" in text(root, "noxfile-abi-matrix.py")
    assert "nox -f noxfile-abi-matrix.py -l lists" in result.output


def test_nothing_publishes_what_another_workflow_makes(tmp_path):
    root = extensions.project(tmp_path, **{".github/workflows/wheels.yml": "mine"})
    assert "trusted publisher" not in init(root).output
    assert not (root / ".github" / "workflows" / "publish.yml").exists()


def test_lines_end_as_they_did(tmp_path):
    root = extensions.project(tmp_path, extensions.PYPROJECT.replace("\n", "\r\n"))
    init(root)
    assert re.search(rb"[^\r]\n", (root / "pyproject.toml").read_bytes()) is None
    assert load(root).rows


ABI3 = extensions.pyo3('{ version = "0.26", features = ["abi3"] }')


def test_setuptools_gets_the_file_that_its_row_names(tmp_path):
    pyproject = extensions.PYPROJECT.replace('"maturin>=1.16,<2"', '"setuptools", "setuptools-rust"')
    root = extensions.project(tmp_path, pyproject.replace('"maturin"', '"setuptools.build_meta"'), ABI3)
    init(root)
    (row,) = (row for row in load(root).rows if row.tag == "cp311-abi3")
    assert "py_limited_api = cp311" in text(root, row.env["DIST_EXTRA_CONFIG"])
    assert "MATURIN" not in text(root)


GROUPS = "\n[dependency-groups] # ours\nlint = ['ruff']\n"


@pytest.mark.parametrize(
    ("more", "file", "group", "needs"),
    [
        ("\n[dependency-groups]\ntest = ['pytest']\n", "tests/test_a.py", "test", ["pytest"]),
        ("\n[dependency-groups]\ndev = ['pytest>8']\n", "tests/test_a.py", "dev", ["pytest>8"]),
        (GROUPS, "tests/test_a.py", "test", ["pytest"]),
        ("", "test/a_test.py", "test", ["pytest"]),
        ("\n[project.optional-dependencies]\ntests = ['pytest', 'numpy']\n", "tests/test_a.py", "test",
         ["pytest", "numpy"]),
    ],
)  # fmt: skip
def test_the_tests_are_found_and_what_they_need(tmp_path, more, file, group, needs):
    root = extensions.project(tmp_path, extensions.PYPROJECT + more, **{file: ""})
    assert init(root).exit_code == 0
    tests = load(root).tests
    assert (tests.folders, tests.groups) == ((file.partition("/")[0],), (group,))
    assert "pytest" in tests.command
    assert tomllib.loads(text(root))["dependency-groups"][group] == needs
    assert text(root).startswith(extensions.PYPROJECT)


def test_what_tests_need_is_copied_from_requirements_that_are_only_that(tmp_path):
    needs = "# all\npytest\nnumpy; python_version<'3.15' # slow\n"
    root = extensions.project(
        tmp_path, **{"test/test_a.py": "", "test/requirements.txt": needs, "uv.lock": ""}
    )
    assert "uv lock, as there is a new dependency group" in init(root).output
    assert 'test = ["pytest", "numpy; python_version < \\"3.15\\""] # copied from test/req' in text(root)
    (tmp_path / "other").mkdir()
    files_ = {"tests/test_a.py": "", "requirements.txt": "-r others.txt\npytest\n"}
    root = extensions.project(tmp_path / "other", **files_)
    assert "What the tests need beside pytest" in init(root).output


def test_cibuildwheel_is_configured_only_where_it_is_not(tmp_path):
    own = '\n[tool.cibuildwheel]\nbuild-frontend = "pip"\n'
    root = extensions.project(tmp_path, extensions.PYPROJECT + own)
    init(root)
    assert tomllib.loads(text(root))["tool"]["cibuildwheel"] == {"build-frontend": "pip"}


@pytest.mark.parametrize(("features", "audits"), [("abi3-py311", None), ("abi3t-py315", "")])
def test_cibuildwheel_leaves_out_only_the_audit_that_does_not_know_abi3t(tmp_path, features, audits):
    cargo = extensions.pyo3(f'{{ version = "0.30", features = ["{features}"] }}')
    root = extensions.project(tmp_path, cargo=cargo)
    init(root)
    written = tomllib.loads(text(root))["tool"]["cibuildwheel"]
    assert written.get("audit-command") == audits
    assert written["test-command"] == 'python -c "import demo"'
    assert written["linux"]["environment"]["PATH"] == "$HOME/.cargo/bin:$PATH"


@pytest.mark.parametrize(
    ("pyproject", "cargo", "words"),
    [
        (None, extensions.CARGO, "AM913 There is no "),
        (extensions.PYPROJECT, None, "AM913 There is no Cargo.toml with PyO3 in "),
        (
            extensions.PYPROJECT,
            extensions.CARGO.replace("pyo3", "serde"),
            "AM913 There is no Cargo.toml with",
        ),
        ("[project", extensions.CARGO, "pyproject.toml is no valid TOML ("),
        (extensions.PYPROJECT, "[lib", "Cargo.toml is no valid TOML ("),
        ("project = 3\n", extensions.CARGO, "AM912 'project' in pyproject.toml is no table: mend it first."),
        ("tool.maturin = 3\n" + extensions.PYPROJECT, extensions.CARGO, "AM912 'maturin' in pyproject.toml"),
        ("[project]\nname = 3\n", extensions.CARGO, "has no [project] with a name: add it."),
        ("[project]\nname = 'a b'\n", extensions.CARGO, "AM912 'a b' is no name of a project, of letters"),
        ("[project]\nname = 'Gr\u00f6\u00dfe'\n", extensions.CARGO, "is no name of a project, of letters"),
        ("[tool.x]\n", extensions.CARGO, "has no [project] with a name: add it."),
        (extensions.PYPROJECT + "[tool.abi-matrix]\n", extensions.CARGO, "has [tool.abi-matrix] already"),
        ("tool = { x = 1 }\n" + extensions.PYPROJECT, extensions.CARGO, "AM912 The table cannot be added"),
        (extensions.PYPROJECT.replace(">=3.11", "3"), extensions.CARGO, "AM912 '3' is no requires-python"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_written(tmp_path, pyproject, cargo, words):
    before = contents(extensions.project(tmp_path, pyproject, cargo))
    result = init(tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: AM91")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert contents(tmp_path) == before


def test_a_disk_that_only_reads_is_one_sentence(project, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    result = init(project)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: AM915 Nothing was written: [Errno 30] Read-only file system.\n"


@pytest.mark.parametrize("name", ["noxfile.py", ".github/workflows/publish.yml", "pyproject.toml"])
def test_if_a_file_cannot_be_written_none_is(project, monkeypatch, name):
    before = contents(project)
    replace = Path.replace

    def full(part, target):
        if target == project / name:
            raise OSError(28, "No space left on device")
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", full)
    result = init(project)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "AM915 Nothing was written: [Errno 28] No space left on device." in result.stderr
    assert contents(project) == before
    assert not (project / ".github").exists()


@pytest.mark.parametrize("layout", [[], ["--mixed"], ["--src"]])
def test_after_maturin_new_nox_lists_the_sessions(tmp_path, layout):
    maturin = shutil.which("maturin", path=str(Path(sys.executable).parent))
    assert maturin, "install the dependency group test"
    root = tmp_path / "demo"
    subprocess.run([maturin, "new", "--bindings=pyo3", *layout, root], check=True, capture_output=True)
    assert init(root).exit_code == 0
    nox = [sys.executable, "-m", "nox", "--script-mode=none", "--list", "--json", "-f", root / "noxfile.py"]
    listed = json.loads(subprocess.run(nox, check=True, capture_output=True).stdout)
    named = {session["session"] for session in listed}
    assert named >= {f"test-{python}" for python in load(root).interpreters} | {
        "wheel-cp314-cp314t",
        "report",
    }
