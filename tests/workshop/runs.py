"""Small runs of pytest, with the tests/conftest.py of this project, that leave behind what `report` reads."""

import json
import os
import subprocess
import sys

from matrix.tests.runs import OURS
from workshop.repository import ROOT

# One process for several runs: starting pytest takes ten times as long as a run. Each imports its own tests.
RUN = """
import json, sys, pytest
before = {*sys.modules}
for arguments in json.loads(sys.argv[1]):
    pytest.main(arguments)
    for name in {*sys.modules} - before:
        if name.partition(".")[0] == "tests":
            del sys.modules[name]
"""


def run_pytest(results, *runs):
    """Run tests as lanes of a session; a run is a folder, the lane's name, a text and options of pytest.

    The text becomes tests/gil/test_it.py below the folder.
    """
    results.mkdir(parents=True, exist_ok=True)
    arguments = [arguments_of(results, *run) for run in runs]
    subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(arguments)],
        check=True,
        env={name: value for name, value in os.environ.items() if name not in OURS},
        capture_output=True,
    )


def arguments_of(results, folder, name, text, *options):
    tests = folder / "tests" / "gil"
    tests.mkdir(parents=True, exist_ok=True)
    (tests / "test_it.py").write_text(text, encoding="utf-8")
    (tests.parent / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    files = (f"--junit-xml={results / name}.xml", f"--collected={results / name}.collected")
    config = (f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={folder}", "-p", "no:cacheprovider")
    return [*config, *files, *options, str(tests)]
