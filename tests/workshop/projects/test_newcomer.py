"""abi-matrix as an outsider runs it: the real `init`, and what a nox leaves behind that compiles nothing."""

import json
import sys
import tomllib

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import load
from abi_matrix.testing import results
from abi_matrix.testing.results import Count
from matrix.tests import extensions
from matrix.tests.programs import program
from workshop.projects import newcomer
from workshop.projects.measuring import Cost
from workshop.projects.newcomer import Started
from workshop.projects.outcomes import Outcome
from workshop.repository import ROOT

PYPROJECT = """\
[build-system]
requires = ["maturin>=1,<2"]
build-backend = "maturin"

[project]
name = "tiny"
version = "1.0.0"
requires-python = ">=3.13"
"""
CARGO = '[package]\nname = "tiny"\nversion = "1.0.0"\n[dependencies]\npyo3 = "0.26.0"\n'
# As nox 2026.10 prints sessions that run side by side.
PRINTED = """\
Starting session wheel-cp313-cp313...
========== ✓ wheel-cp313-cp313: success, 3 seconds ==========
nox > Running session wheel-cp313-cp313
warning: unused import
nox > Session wheel-cp313-cp313 was successful in 3 seconds.
========== ✗ wheel-cp314-cp314t: failed, 4 seconds ==========
nox > Running session wheel-cp314-cp314t
error[E0425]: cannot find function `no` in this scope
nox > Session wheel-cp314-cp314t failed: Building tiny failed; the messages are above.
========== ↯ test-3.13: aborted, 2 seconds ==========
nox > Running session test-3.13
E   ModuleNotFoundError: No module named 'dirty_equals'
nox > Session test-3.13 aborted: 3.13, default: `pytest` failed with status 2 (took 2 seconds).
========== ↯ test-3.14: aborted, 2 seconds ==========
nox > Running session test-3.14
nox > Session test-3.14 aborted: This session promises 3.14 with x.whl, but the GIL is off.
nox > Ran 5 sessions in 7 seconds:
"""


@pytest.fixture
def project(tmp_path):
    """Write a project with an extension and tests, but nothing that says what these need."""
    return extensions.project(
        tmp_path / "tiny-1.0", PYPROJECT, CARGO, **{"tests/test_tiny.py": "import tiny"}
    )


@pytest.fixture
def tools(tmp_path):
    """Make a folder of commands with this repository's abi-matrix."""
    folder = tmp_path / "tools"
    folder.mkdir()
    run = f'PYTHONPATH="{ROOT / "matrix" / "src"}" exec "{sys.executable}" -m abi_matrix "$@"'
    program(folder / "abi-matrix", run)
    return folder


def nox(tools, script=""):
    """Put a nox into ``tools`` that prints PRINTED, after a line of Python."""
    (tools / "printed").write_text(PRINTED, encoding="utf-8")
    report = 'report="${2#--report=}"; mkdir -p "${report%/*}"'
    program(tools / "nox", f'{report}; {script}\ncat "{tools / "printed"}"')


def test_the_lines_that_init_writes_are_counted(project, tools):
    started = newcomer.init(project, tools)
    assert started.noxfile == "noxfile.py"
    assert started.lines.keys() == {
        "pyproject.toml",
        "noxfile.py",
        *(f".github/workflows/{name}.yml" for name in ("ci", "publish", "wheels")),
    }
    assert started.lines["noxfile.py"] == 3  # a docstring, the import and the call
    added = (project / "pyproject.toml").read_text(encoding="utf-8").removeprefix(PYPROJECT).splitlines()
    assert started.lines["pyproject.toml"] == sum(bool(line) and line[0] != "#" for line in added)
    assert started.table.interpreters == ["3.13", "3.14", "3.14t"]


def test_what_init_says_that_it_cannot_know_is_kept(project, tools):
    said = newcomer.init(project, tools).unknown
    assert said[0] == "3.15: PyO3 0.26.0 builds for CPython up to 3.14."
    assert said[-1] == "What the tests need beside pytest: add it to the dependency group test."
    assert not any("lists the sessions" in line for line in said)


def test_a_noxfile_that_is_there_already_is_left_alone(project, tools):
    (project / "noxfile.py").write_text("import nox\n", encoding="utf-8")
    started = newcomer.init(project, tools)
    assert started.noxfile == "noxfile-abi-matrix.py"
    assert "noxfile.py" not in started.lines


def test_what_the_tests_need_is_added_after_counting(project, tools):
    alone = newcomer.init(project, tools).lines
    (project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for name in alone.keys() - {"pyproject.toml"}:
        (project / name).unlink()
    load.cache_clear()
    assert newcomer.init(project, tools, ["dirty-equals"]).lines == alone
    said = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(said["dependency-groups"]["test"]) == ["dirty-equals", "pytest"]


def test_a_project_for_which_no_table_can_be_proposed_is_one_sentence(project, tools):
    (project / "Cargo.toml").unlink()
    with pytest.raises(UserError, match=r"AM913 There is no Cargo\.toml with PyO3"):
        newcomer.init(project, tools)


def test_the_sessions_of_the_interpreters_run_and_failures_have_reasons(project, tools):
    started = newcomer.init(project, tools)
    ended = [{"name": f"test-{python}", "result": "failed"} for python in ("3.13", "3.14", "3.14t")]
    ended.append({"name": "wheel-cp313-cp313", "result": "success"})
    nox(tools, f"""echo '{json.dumps({"sessions": ended})}' > "$report"; echo "$@" > asked""")
    run = newcomer.test("tiny", started, ["3.13", "3.14", "3.14t"], tools)
    asked = (project / "asked").read_text(encoding="utf-8").split()
    assert asked[:1] + asked[2:] == [
        "--noxfile=noxfile.py", "--sessions", "test-3.13", "test-3.14", "test-3.14t"
    ]  # fmt: skip
    assert run.failed == {
        "3.13": "E ModuleNotFoundError: No module named 'dirty_equals'",
        "3.14": "This session promises 3.14 with x.whl, but the GIL is off.",
        "3.14t": "error[E0425]: cannot find function `no` in this scope",
    }


def test_a_session_that_succeeds_is_no_failure_and_its_lanes_have_times(project, tools):
    started = newcomer.init(project, tools)
    for python, lane, processor in (("3.13", "a", 1), ("3.13", "b", 2.5), ("3.14", "a", 8)):
        left = results.folder(project) / f"test-{python}"
        left.mkdir(parents=True, exist_ok=True)
        facts = {"line": "it", "took": {"wall": 2 * processor, "processor": processor}}
        (left / f"{lane}.json").write_text(json.dumps(facts), encoding="utf-8")
    ended = {"sessions": [{"name": "test-3.13", "result": "success"}]}
    nox(tools, f"""echo '{json.dumps(ended)}' > "$report" """)
    run = newcomer.test("tiny", started, ["3.13"], tools)
    assert run.failed == {}
    assert run.tests == Cost(7, 3.5)


def test_a_report_of_an_earlier_run_is_not_believed(project, tools):
    started = newcomer.init(project, tools)
    (project / ".nox").mkdir()
    (project / ".nox" / "sessions.json").write_text('{"sessions": []}', encoding="utf-8")
    nox(tools)
    with pytest.raises(UserError, match="tiny: nox ended before its sessions did"):
        newcomer.test("tiny", started, ["3.13"], tools)


def test_an_outcome_has_the_wheel_and_every_lane_that_ran(project, tools):
    started = newcomer.init(project, tools)
    left = results.fresh(project, "test-3.14t")
    (left / "wheel.txt").write_text("tiny.whl", encoding="utf-8")
    for lane, failed in (("default", 0), ("PYTHON_GIL=1", 2)):
        (left / f"{lane}.xml").write_text(
            f'<testsuites><testsuite tests="5" failures="{failed}" errors="0" skipped="1"/></testsuites>',
            encoding="utf-8",
        )
    found = newcomer.outcomes(started, ["3.14t", "3.15t", "3.13"], {"3.14t": "E assert"})
    lanes = {"default": Count(4, 0, 1), "PYTHON_GIL=1": Count(2, 2, 1)}
    assert found["3.14t"] == Outcome("tiny.whl", lanes, "E assert")
    assert found["3.15t"] == Outcome(reason="PyO3 0.26.0 builds for CPython up to 3.14.")
    assert found["3.13"] == Outcome()


def test_no_row_and_no_reason_is_said(project, tools):
    table = newcomer.init(project, tools).table
    found = newcomer.outcomes(Started(table, "noxfile.py", {}, ()), ["3.12"], {})
    assert found["3.12"].reason == "no row of the table serves it."
