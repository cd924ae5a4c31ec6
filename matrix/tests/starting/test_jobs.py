import json

import pytest
import tables
from click.testing import CliRunner

from abi_matrix import cli
from abi_matrix.starting import jobs

FIRST = jobs.BUILT_ON[0]


def run(root, *options, given=None):
    tables.load.cache_clear()
    return CliRunner().invoke(cli.main, ["jobs", str(root), *options], input=given)


@pytest.fixture
def project(tmp_path):
    tables.project(tmp_path / "project")
    return tmp_path / "project"


def included(result):
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 1, "one line, for GITHUB_OUTPUT"
    return json.loads(result.stdout)["include"]


def test_every_test_session_runs_on_every_machine(project):
    pythons = ["3.11", "3.12", "3.14", "3.15", "3.13t", "3.14t", "3.15t"]
    assert included(run(project)) == [
        {"session": f"test-{python}", "runner": runner} for python in pythons for runner in jobs.TESTED_ON
    ]


def test_of_nox_list_the_checks_run_once(project):
    listed = [{"session": name, "tags": [name], "python": None} for name in ("test", "check", "wheel")]
    made = included(run(project, "--sessions=-", given=json.dumps(listed)))
    assert [job["runner"] for job in made if job["session"] == "test"] == [*jobs.TESTED_ON]
    assert [job["runner"] for job in made if job["session"] == "check"] == [jobs.TESTED_ON[0]]
    assert not [job for job in made if job["session"] == "wheel"]


def test_cibuildwheel_builds_each_row_with_its_interpreter_alone(project):
    made = included(run(project, "--wheels"))
    assert made[:2] == [
        {"name": f"{FIRST}-1", "runner": FIRST, "cibuildwheel": jobs.CIBUILDWHEEL, "enable": "",
         "build": "cp311-* cp314t-* cp315t-*", "env": "", "env-names": ""},
        {"name": f"{FIRST}-2", "runner": FIRST, "cibuildwheel": jobs.OLDER, "enable": "cpython-freethreading",
         "build": "cp313t-*", "env": "HATCH=1", "env-names": "HATCH"},
    ]  # fmt: skip
    assert {job["runner"] for job in made} == {*jobs.BUILT_ON}


def test_other_implementations_are_enabled(tmp_path):
    rows = '[[tool.abi-matrix.wheel]]\ntag = "{0}"\nserves = ["{0}3.11"]\n'
    text = rows.format("pypy").replace('"pypy"', '"pp311-a"') + rows.format("graalpy").replace(
        '"graalpy"', '"graalpy311-b"'
    )
    tables.project(tmp_path / "other", text)
    made = included(run(tmp_path / "other", "--wheels"))[:2]
    assert [(job["build"], job["enable"]) for job in made] == [("pp311-*", "pypy"), ("gp311_*-*", "graalpy")]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (None, [], "AM909 There is no pyproject.toml in "),
        ("[project]\n", [], "AM909 "),
        ("[project", [], "AM912 "),
        ('[[tool.abi-matrix.wheel]]\ntag = "cp311-abi3"\nserves = ["jython3.11"]\n', ["--wheels"],
         "AM910 The row cp311-abi3: 'jython3.11' is no interpreter"),
        (tables.TEXT, ["--sessions=-"], "AM909 That is no list of sessions: give it `nox --list --json`."),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(tmp_path, text, options, words):
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    result = run(tmp_path, *options, given="{}x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {words}")
