"""What tests/conftest.py checks of the state of the GIL before any test; `--gil-guard` does the rest."""

import sys

import pytest

pytestmark = pytest.mark.thread_unsafe(reason="runs pytest in a process of its own")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


@pytest.fixture
def run_pytest(run_python, pytestconfig, tmp_path):
    (tmp_path / "conftest.py").write_bytes((pytestconfig.rootpath / "tests" / "conftest.py").read_bytes())
    (tmp_path / "test_suite.py").write_text("def test_harmless(): pass\n")

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


def test_expected_gil_is_checked_before_any_test(run_pytest):
    """`--expect-gil` ends a run whose interpreter is not what its name says."""
    run = run_pytest("--expect-gil", "off" if GIL else "on")
    state, other = ("on", "off") if GIL else ("off", "on")
    assert run.returncode == 1
    assert f"the GIL is {state} after `import gil`, it should be {other}" in run.stdout + run.stderr
    assert "passed" not in run.stdout
