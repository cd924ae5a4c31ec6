"""The guard of a run, where the state of the GIL is made up; tests/gil_state has it in real runs."""

import math
from types import SimpleNamespace

import pytest

from gil.instruments import gil_state
from gil.pytest_plugin import guard
from gil.pytest_plugin.culprits import Culprit, of_all

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="says whether there is a GIL"),
]


@pytest.fixture
def guarded(monkeypatch):
    """Return a function that makes a guard where the GIL is on or off, and who asked for that."""
    made = []

    def make(*, on, flag=None):
        for module in (guard, gil_state):
            monkeypatch.setattr(module, "gil_enabled", lambda: on)
        monkeypatch.setattr(guard, "_LONGEST_LOADING", 0.02)
        made.append(guard.Guard(SimpleNamespace()))
        made[-1]._flag = flag
        return made[-1]

    yield make
    for one in made:
        one.pytest_unconfigure()


OK, FAILED, INTERRUPTED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED
NONE = pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize(
    ("on", "flag", "was", "becomes"),
    [
        (True, None, OK, FAILED),
        (True, None, NONE, FAILED),
        (True, None, INTERRUPTED, INTERRUPTED),
        (False, None, OK, OK),
        (True, 1, OK, OK),
        (False, 0, OK, OK),
    ],
)
def test_a_run_fails_if_the_gil_is_on_at_its_end_unasked(guarded, on, flag, was, becomes):
    session = SimpleNamespace(exitstatus=was)
    guarded(on=on, flag=flag).pytest_sessionfinish(session)
    assert session.exitstatus == becomes


def test_a_gil_that_is_on_for_a_moment_is_none(guarded, monkeypatch):
    """It is so while a thread loads an extension module, whatever that declares."""
    one = guarded(on=False)
    states = iter([True, True, False])
    monkeypatch.setattr(gil_state, "gil_enabled", lambda: next(states))
    monkeypatch.setattr(guard, "_LONGEST_LOADING", math.inf)  # however late a busy machine wakes the guard
    one._imported.clear()
    assert not one._failed


def test_a_run_says_so_if_no_module_was_seen(guarded):
    one = guarded(on=True)
    one._imported.clear()
    on, nobody, advice = one._summary()
    assert on.startswith("The GIL is on, and nobody has asked for it")
    assert nobody == "No module that wants it was seen to be imported."
    assert "Py_mod_gil" in advice


def test_a_worker_that_crashed_has_told_nothing(guarded):
    one = guarded(on=False)
    one.pytest_testnodedown(SimpleNamespace(gateway=SimpleNamespace(id="gw0")))
    assert list(one._summary()) == []


@pytest.mark.parametrize(
    ("flag", "failed", "first"),
    [
        (None, True, "The GIL is on, and nobody has asked for it"),
        (0, False, "PYTHON_GIL=0 or -X gil=0 keeps"),
    ],
)
def test_what_a_worker_has_told_is_said(guarded, flag, failed, first):
    """Whether it failed there, or the variable hides it."""
    one = guarded(on=False, flag=flag)
    one._imported.clear()
    told = Culprit("a.b", "/a/b.so", "a.b wants it.", "during x").as_dict()
    output = {guard._OUTPUT: {"failed": failed, "culprits": [told]}}
    one.pytest_testnodedown(SimpleNamespace(gateway=SimpleNamespace(id="gw0"), workeroutput=output))
    lines = list(one._summary())
    assert lines
    assert lines[0].startswith(first)
    assert lines[1:3] == ["a.b wants it.", "    imported during x in worker gw0 from /a/b.so"]


@pytest.mark.parametrize(
    ("flag", "says"),
    [(None, "no import may switch the GIL on"), (0, "keeps the GIL off"), (1, "there is nothing to guard")],
)
def test_the_head_of_a_run_says_what_is_guarded(guarded, flag, says):
    assert says in guarded(on=False, flag=flag).header()


def test_what_several_workers_import_is_told_once():
    told = [
        Culprit.told(Culprit("a.b", "/a/b.so", "a.b wants it.", "during x").as_dict(), worker)
        for worker in ("gw0", "gw1")
    ]
    [one] = of_all(told)
    assert one.lines() == ("a.b wants it.", "    imported during x in worker gw0 from /a/b.so")
