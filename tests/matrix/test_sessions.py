"""The decorator of noxfile.py's sessions, with a record in place of nox's registry."""

from types import SimpleNamespace

import nox
import pytest

from matrix import sessions
from matrix.errors import UserError


@pytest.fixture
def registered(monkeypatch):
    """Take what would become sessions: pairs of the function and nox's options."""
    found = []
    monkeypatch.setattr(nox, "session", lambda **options: lambda function: found.append((function, options)))
    return found


class EndedError(Exception):
    """What nox's session.error raises."""


def error(sentence):
    raise EndedError(sentence)


def test_a_users_mistake_ends_the_session_with_its_sentence(registered):
    @sessions.command()
    def work(session):
        raise UserError("Do this instead.")

    [(run, _)] = registered
    with pytest.raises(EndedError, match=r"^Do this instead$"):  # nox ends it
        run(SimpleNamespace(error=error))


def test_any_other_failure_is_left_as_it_is(registered):
    @sessions.command()
    def work(session):
        raise LookupError("a bug")

    [(run, _)] = registered
    with pytest.raises(LookupError, match=r"^a bug$"):
        run(SimpleNamespace(error=error))


def test_the_work_gets_the_session(registered):
    seen = []
    sessions.command()(seen.append)
    [(run, _)] = registered
    run("session")
    assert seen == ["session"]


def test_a_session_is_run_by_default_only_if_it_says_so(registered):
    for options in ({}, {"default": True, "tags": ["test"]}):
        sessions.command(**options)(lambda session: None)
    assert [options for _, options in registered] == [
        {"default": False}, {"default": True, "tags": ["test"]},
    ]  # fmt: skip


def test_nox_lists_what_is_said_or_else_the_docstring(registered):
    def work(session):
        """Do it."""

    sessions.command(name="do-it")(work)
    sessions.command("Do it with 3.14t.", name="do-it-3.14t")(work)
    assert [(run.__name__, run.__doc__) for run, _ in registered] == [
        ("work", "Do it."), ("work", "Do it with 3.14t."),
    ]  # fmt: skip
