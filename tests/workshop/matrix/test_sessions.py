"""The decorator of noxfile.py's sessions, in a noxfile that nox runs."""

import re
import subprocess
import sys

import pytest

from matrix.table import ROOT

NOXFILE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from matrix.errors import UserError
from matrix.sessions import command

@command(venv_backend="none", default=True)
def works(session):
    '''Do it.'''
    session.log(f"{{session.name}} works")

@command("Do it with 3.14t.", name="mistake-3.14t", venv_backend="none")
def mistake(session):
    raise UserError("Do this instead.")

@command(venv_backend="none")
def bug(session):
    raise LookupError("a bug")
"""


@pytest.fixture(scope="module")
def run_nox(tmp_path_factory):
    file = tmp_path_factory.mktemp("nox") / "noxfile.py"
    file.write_text(NOXFILE, encoding="utf-8")
    command = (sys.executable, "-m", "nox", "--script-mode=none", f"--noxfile={file}", "--nocolor")

    def run(*arguments):
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="module")
def named(run_nox):
    return run_nox("--sessions", "works", "mistake-3.14t", "bug")


def test_a_users_mistake_ends_the_session_with_its_sentence(named):
    assert "Session mistake-3.14t aborted: Do this instead" in named.stderr
    assert "UserError" not in named.stderr
    assert named.returncode != 0


def test_any_other_failure_is_left_as_it_is(named):
    assert "Session bug raised exception LookupError('a bug')" in named.stderr


def test_a_session_is_run_by_default_only_if_it_says_so(run_nox):
    run = run_nox()
    assert re.findall(r"Running session (\S+)", run.stderr) == ["works"]
    assert "works works" in run.stderr
    assert run.returncode == 0


def test_nox_lists_what_is_said_or_else_the_docstring(run_nox):
    listed = run_nox("--list").stdout
    assert "\n* works -> Do it.\n" in listed
    assert "\n- mistake-3.14t -> Do it with 3.14t.\n" in listed
