"""A mutant counts as killed only by an assertion that failed, of a test that ran."""

import os
import sys

import pytest

from abi_matrix.base.errors import UserError
from matrix.tests.programs import program
from matrix.tests.runs import run_pytest
from workshop import repository
from workshop.mutation import workspace
from workshop.mutation.workspace import CARGO, KILLED, PASSED

# One test for each way to end, in a run of pytest as a mutant gets it.
SUITE = """
import time
import pytest

def test_passes():
    pass

def test_assertion():
    assert 1 == 2

def test_assertion_with_a_message():
    assert False, "in words"

def test_assertion_in_a_function():
    def check():
        assert not [1]
    check()

def test_failed_on_purpose():
    pytest.fail("in words")

def test_nothing_was_raised():
    with pytest.raises(ValueError):
        pass

def test_another_text_was_raised():
    with pytest.raises(ValueError, match="one"):
        raise ValueError("two")

def test_exception():
    1 / 0

def test_another_exception():
    with pytest.raises(ValueError):
        1 / 0

def test_time_ran_out():
    time.sleep(60)

@pytest.fixture
def broken():
    assert False

def test_fixture(broken):
    pass

@pytest.fixture
def broken_after():
    yield
    assert False

def test_teardown(broken_after):
    pass

@pytest.mark.skip
def test_skipped():
    pass

class TestOfAClass:
    def test_assertion(self):
        assert None
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tests")
    ran = run_pytest(folder, SUITE, "-p", "pytest_timeout", "--timeout=0.5")
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout
    seen = workspace.outcomes(folder / "results.xml")
    return {node.removeprefix("tests/test_it.py::"): how for node, how in seen.items()}


def test_a_failed_assertion_kills(outcomes):
    assert {name for name, how in outcomes.items() if how == KILLED} == {
        "test_assertion",
        "test_assertion_with_a_message",
        "test_assertion_in_a_function",
        "test_failed_on_purpose",
        "test_nothing_was_raised",
        "test_another_text_was_raised",
        "TestOfAClass::test_assertion",
    }


def test_what_else_fails_is_told(outcomes):
    others = {name: how for name, how in outcomes.items() if how != KILLED}
    assert others.pop("test_passes") == PASSED
    assert others.pop("test_time_ran_out").startswith("Failed: Timeout (>0.5s)")
    assert others == {
        "test_exception": "ZeroDivisionError: division by zero",
        "test_another_exception": "ZeroDivisionError: division by zero",
        "test_fixture": 'error: failed on setup with "assert False"',
        "test_teardown": 'error: failed on teardown with "assert False"',
    }


@pytest.fixture
def bare_workspace(tmp_path):
    bare = object.__new__(workspace.Workspace)  # without the copy
    bare.folder = bare.copy = tmp_path
    return bare


@pytest.fixture
def cargo(tmp_path, monkeypatch):
    """Have a cargo that runs what it is told; returns the function to tell it."""

    def be(script):
        program(tmp_path / "cargo", script)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return be


@pytest.mark.parametrize(
    ("passed", "panic", "verdict"),
    [
        (1, "", PASSED),
        (0, "assertion `left == right` failed: in words", KILLED),
        (0, "assertion failed: false", KILLED),
        (0, "attempt to subtract with overflow", "attempt to subtract with overflow"),
    ],
)
def test_a_panic_of_cargo_is_told_from_an_assertion(bare_workspace, cargo, passed, panic, verdict):
    said = f"thread 'x' panicked at src/lib.rs:1:1:\n{panic}\n" * (not passed)
    cargo(f"cat <<'END'\n{said}test result: {passed} passed; {1 - passed} failed; 0 ignored\nEND")
    assert bare_workspace.verdicts(CARGO, ["x"]) == {"x": verdict}


def test_the_extension_built_again_leaves_the_hazards(bare_workspace, tmp_path, monkeypatch):
    writes_a_wheel = 'while [ "$1" != --out ]; do shift; done; mkdir -p "$2" && echo > "$2/made.whl"'
    bare_workspace.maturin = program(tmp_path / "maturin", writes_a_wheel)
    monkeypatch.setattr(workspace.interpreters, "executable", lambda *_: sys.executable)
    bare_workspace.table = repository.table()
    row = bare_workspace.table.rows[0]
    hazards = bare_workspace._build(row, "crates/hazards/")
    extension = bare_workspace._build(row, "")
    assert hazards.exists()
    assert extension.exists()
    assert extension != hazards


def test_a_test_that_hangs_is_told_and_ended(bare_workspace, cargo, tmp_path, monkeypatch):
    cargo(f'echo $$ > "{tmp_path}/pid"\nexec sleep 60')
    monkeypatch.setattr(workspace, "_DEADLINE", 0.5)
    with pytest.raises(UserError, match=r"(?s)^cargo did not run x: .*did not end within 0\.5 s"):
        bare_workspace.verdicts(CARGO, ["x"])
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
