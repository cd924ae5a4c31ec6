"""The plugin of pytest: a lane without a GIL must fail if the GIL is on when it ends."""

import pytest
import runs

from abi_matrix.testing.runs import _PLUGIN, GUARD

# The real thing needs a free-threaded build and an extension that does not declare itself safe.
WITHOUT = "import sys\nsys._is_gil_enabled = lambda: False\n"
TESTS = """
import sys, warnings

def test_culprit():
    sys._is_gil_enabled = lambda: True
    {warns}

def test_later():
    pass
"""
WARNS = """
    words = "The global interpreter lock (GIL) has been enabled to load module 'demo._core', which has not"
    warnings.warn(f"{words} declared that it can run safely without the GIL. More.", RuntimeWarning)
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs tests in an interpreter that says it began without a GIL."""
    (tmp_path / "began").mkdir()
    (tmp_path / "began" / "sitecustomize.py").write_text(WITHOUT, encoding="utf-8")

    def run(text):
        path = f"{tmp_path / 'began'}{runs.os.pathsep}{_PLUGIN}"
        return runs.run_pytest(tmp_path, text, PYTEST_PLUGINS=GUARD, PYTHONPATH=path)

    return run


def test_a_run_in_which_the_gil_came_back_fails_and_names_the_import(run):
    said = run(TESTS.replace("{warns}", WARNS.strip()))
    assert said.returncode == pytest.ExitCode.TESTS_FAILED
    assert "2 passed" in said.stdout
    reason = "has been enabled to load module 'demo" in said.stdout
    assert "The GIL was off when the run began and is on now: The global interpreter lock" in said.stdout
    assert reason
    assert "(tests/test_it.py::test_culprit)" in said.stdout


def test_without_a_warning_that_is_said(run):
    said = run(TESTS.replace("{warns}", "pass"))
    assert said.returncode == pytest.ExitCode.TESTS_FAILED
    assert "is on now: no warning of CPython names the import." in said.stdout


def test_a_run_in_which_it_stays_off_passes(run):
    said = run("def test_it():\n    pass\n")
    assert said.returncode == 0
    assert "GIL" not in said.stdout
