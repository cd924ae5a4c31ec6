"""A run of pytest as a lane has it, in an environment of its own, in which one of everything happens."""

import os
import subprocess
import sys

OURS = {"PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_CURRENT_TEST"}
TESTS = """
import pytest

class TestRun:
    class TestAgain:
        @pytest.mark.parametrize("case", [1, 2])
        def test_a(self, case):
            pass

def test_fails():
    assert 1 == 2

@pytest.fixture
def broken():
    raise OSError("no setup")

def test_errs(broken):
    pass

def test_skipped():
    pytest.skip()
"""


def run_pytest(folder, text=TESTS, *options, **variables):
    """Run ``text`` as tests/test_it.py below ``folder``; pytest's results are in results.xml there."""
    (folder / "tests").mkdir(parents=True, exist_ok=True)
    (folder / "tests" / "test_it.py").write_text(text, encoding="utf-8")
    plain = {name: value for name, value in os.environ.items() if name not in OURS}
    plain["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # other plugins have no part in it, and take long to load
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={folder}")
    return subprocess.run(
        [*command, f"--junit-xml={folder / 'results.xml'}", *options, folder / "tests"],
        env={**plain, **variables}, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
