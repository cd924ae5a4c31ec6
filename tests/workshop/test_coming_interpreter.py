"""A coming CPython is one word in the table: nothing fails but what needs that interpreter."""

import json
import os
import re
import subprocess
import sys

import pytest

from abi_matrix.interpreters.names import parse
from workshop import repository
from workshop.repository import ROOT

# The tests that hold something against the table; the others in tests/workshop take what they need from it.
HELD = (
    "test_drift.py",
    "demo/test_side_by_side.py",
    "documents/test_support.py",
    "pyo3",
    "release/test_workflows.py",
)


@pytest.fixture(scope="module", params=["", "t"], ids=["standard", "free-threaded"])
def coming(request, tmp_path_factory):
    """Copy this repository, and let the last row of the copy's table serve the next CPython too."""
    copy = repository.copy(tmp_path_factory.mktemp("coming") / "copy")
    newest = max(parse(python).version for python in repository.table().interpreters)
    python = f"{newest[0]}.{newest[1] + 1}{request.param}"
    file = copy / "pyproject.toml"
    last = re.compile(r"(?ms)(.*^serves = \[.*?)\]")
    file.write_text(
        last.sub(rf'\1, "{python}"]', file.read_text(encoding="utf-8"), count=1), encoding="utf-8"
    )
    return python, copy


def run(copy, *command, **variables):
    path = os.pathsep.join(map(str, (copy, copy / "matrix" / "src")))
    env = {**os.environ, "PYTHONPATH": path, **variables}
    command = [sys.executable, "-m", *command]
    return subprocess.run(
        command, cwd=copy, env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_its_session_and_its_job_on_each_machine_are_there(coming):
    python, copy = coming
    listed = run(copy, "nox", "--script-mode=none", "--list", "--json")
    assert {"session": f"test-{python}", "tags": ["test"]} in [
        {"session": one["session"], "tags": one["tags"]} for one in json.loads(listed.stdout)
    ]
    jobs = json.loads(run(copy, "abi_matrix", "jobs").stdout)["include"]
    assert sum(job["session"] == f"test-{python}" for job in jobs) > 1


def test_nothing_that_is_held_against_the_table_fails(coming):
    _, copy = coming
    held = (f"tests/workshop/{name}" for name in HELD)
    tested = run(copy, "pytest", f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={copy}", "-q", *held)
    assert tested.returncode == 0, tested.stdout


def test_what_needs_the_interpreter_says_so_in_one_sentence(coming):
    python, copy = coming
    provision = ("nox", "--script-mode=none", "--session", "provision", "--", python)
    # Neither this machine's cache, in which a session may be building an interpreter under a lock, nor its
    # many interpreters, which would all be asked.
    nothing = dict.fromkeys(("XDG_CACHE_HOME", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"), str(copy / "nothing"))
    asked = run(copy, *provision, UV_OFFLINE="1", PATH=os.defpath, **nothing)
    assert asked.returncode != 0
    assert f"aborted: AM907 uv could not download {python} (" in asked.stderr
    assert "Traceback" not in asked.stderr
