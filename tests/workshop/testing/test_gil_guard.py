"""The guard of tests/conftest.py: tests during which the GIL came back prove nothing, and must fail."""

import sys

import pytest

pytestmark = pytest.mark.thread_unsafe(reason="runs pytest in a process of its own")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
# A switched GIL is faked: the real thing needs an extension that does not declare itself safe.
SUITE = f"""
import sys

def test_harmless():
    pass

def test_culprit():
    sys._is_gil_enabled = lambda: {not GIL}

def test_later():
    pass
"""


@pytest.fixture
def run_pytest(run_python, pytestconfig, tmp_path):
    (tmp_path / "conftest.py").write_bytes((pytestconfig.rootpath / "tests" / "conftest.py").read_bytes())
    (tmp_path / "test_suite.py").write_text(SUITE)

    def run(*options):
        # With CI set, pytest's summary repeats every message in full.
        outer = {
            "PYTEST_ADDOPTS": None,
            "PYTEST_XDIST_WORKER": None,
            "PYTEST_XDIST_WORKER_COUNT": None,
            "CI": None,
        }
        options = ("-m", "pytest", "-p", "no:cacheprovider", "-q", "--rootdir", str(tmp_path), *options)
        return run_python(*options, str(tmp_path), **outer)

    return run


def test_guard_names_the_test_that_switched_the_gil(run_pytest):
    """The run fails, even if only a worker of pytest-xdist saw it, and blames one test."""
    run = run_pytest("-n1")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    state = "off" if GIL else "on"
    assert run.stdout.count(f"the GIL was switched {state} during test_suite.py::test_culprit") == 1
    assert "3 passed, 1 error" in run.stdout


def test_expected_gil_is_checked_before_any_test(run_pytest):
    """`--expect-gil` ends a run whose interpreter is not what its name says."""
    run = run_pytest("--expect-gil", "off" if GIL else "on")
    state, other = ("on", "off") if GIL else ("off", "on")
    assert run.returncode == 1
    assert f"the GIL is {state} after `import gil`, it should be {other}" in run.stdout + run.stderr
    assert "passed" not in run.stdout
