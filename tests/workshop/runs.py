"""Small runs of pytest, with the tests/conftest.py of this project, that leave behind what `report` reads."""

import os
import subprocess
import sys

from workshop.repository import ROOT

OURS = {"PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_CURRENT_TEST"}


def run_pytest(folder, results, name, text, *options):
    """Run ``text``, that of tests/gil/test_it.py below ``folder``, as the lane ``name`` of a session."""
    tests = folder / "tests" / "gil"
    tests.mkdir(parents=True, exist_ok=True)
    results.mkdir(parents=True, exist_ok=True)
    (tests / "test_it.py").write_text(text, encoding="utf-8")
    (tests.parent / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    files = (f"--junit-xml={results / name}.xml", f"--collected={results / name}.collected")
    config = (f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={folder}", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *config, *files, *options, tests],
        check=False,
        env={name: value for name, value in os.environ.items() if name not in OURS},
        capture_output=True,
        text=True,
    )
