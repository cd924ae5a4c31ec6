"""The sessions of a noxfile of three lines, and the decorator of a project's own."""

import os
import re
import subprocess
import sys

import pytest
import tables

from abi_matrix.base import cache

NOXFILE = """
from abi_matrix import nox as abi_matrix

abi_matrix.sessions(__file__)
"""
OWN = """
from abi_matrix.base.errors import UserError
from abi_matrix.nox import command

@command(default=True)
def works(session):
    '''Do it.'''
    session.log(f"{session.name} works")

@command("Do it with 3.14t.", name="mistake-3.14t")
def mistake(session):
    raise UserError("Do this instead.")

@command()
def bug(session):
    raise LookupError("a bug")
"""


COMMAND = (sys.executable, "-m", "nox", "--script-mode=none", "--nocolor")


def nox(folder, *arguments):
    command = (*COMMAND, f"--noxfile={folder / 'noxfile.py'}", *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


@pytest.fixture
def project(tmp_path):
    """Write a project with a table and this noxfile."""
    tables.project(tmp_path / "project")
    (tmp_path / "project" / "noxfile.py").write_text(NOXFILE, encoding="utf-8")
    return tmp_path / "project"


@pytest.fixture
def listed(project):
    return nox(project, "--list").stdout


def test_there_is_a_session_a_row_and_an_interpreter(listed):
    wheels = {f"wheel-{row.tag}" for row in tables.ROWS}
    tests = {f"test-{python}" for row in tables.ROWS for python in row.serves}
    named = re.findall(r"(?m)^[*-] (\S+)", listed)
    assert sorted(named) == sorted(["provision", "check", "report", *wheels, *tests])
    assert "* test-3.14t [test] -> Test 3.14t with cp314-cp314t installed, in 3 lanes." in listed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[project]\nname = 'x'\n", r"AM909 .*has no \[\[tool\.abi-matrix\.wheel\]\]: add a row"),
        (tables.TEXT + "[[tool.abi-matrix.lane]]\n", "AM910 A lane has no name: mend it"),
    ],
)
def test_a_table_that_is_missing_or_wrong_is_one_sentence(project, text, reason):
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    run = nox(project, "--list")
    assert run.returncode != 0
    assert re.search(reason, run.stderr)
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("session", ["wheel-cp311-abi3", "test-3.12"])
def test_the_same_session_of_two_runs_works_one_after_the_other(project, session):
    (project / "dist").mkdir()
    (project / "dist" / "demo_project-1.0-cp311-abi3-win32.whl").touch()
    with cache.lock(session, project.resolve()):
        command = [*COMMAND, f"--noxfile={project / 'noxfile.py'}", "--parallel=1"]
        command += ["--no-dependencies", "-s", session]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
            line = run.stdout.readline()
            run.kill()
    assert line == f"Another run is working on {session}; waiting for it.\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nox")
    (folder / "noxfile.py").write_text(OWN, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def named(own):
    return nox(own, "--sessions", "works", "mistake-3.14t", "bug")


def test_a_users_mistake_ends_the_session_with_its_sentence(named):
    assert "Session mistake-3.14t aborted: Do this instead" in named.stderr
    assert "UserError" not in named.stderr
    assert named.returncode != 0


def test_any_other_failure_is_left_as_it_is(named):
    assert "Session bug raised exception LookupError('a bug')" in named.stderr


def test_a_session_is_run_by_default_only_if_it_says_so(own):
    run = nox(own)
    assert re.findall(r"Running session (\S+)", run.stderr) == ["works"]
    assert "works works" in run.stderr
    assert run.returncode == 0


def test_nox_lists_what_is_said_or_else_the_docstring(own):
    listed = nox(own, "--list").stdout
    assert "\n* works -> Do it.\n" in listed
    assert "\n- mistake-3.14t -> Do it with 3.14t.\n" in listed
