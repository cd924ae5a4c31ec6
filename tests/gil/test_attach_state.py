"""`states()`: is this thread attached? The thread's own state answers, whatever other threads do."""

import pytest

from gil import AttachStates, states

EXPECTED = (True, False, True, False, True)


def seen():
    found = states()
    return found.entered, found.detached, found.reattached, found.detached_again, found.returned


@pytest.mark.claim("B1", "0a", "0t")
def test_states_of_a_call():
    """A native function is entered attached, `detach` and `attach` nest, and the end is as the start."""
    assert seen() == EXPECTED


@pytest.mark.claim("B1")
def test_states_while_others_are_attached(run_concurrently):
    """Each of eight threads sees its own state; up to 3.11 CPython keeps one current state a process."""
    calls = run_concurrently(*[lambda: {seen() for _ in range(500)}] * 8)
    assert set().union(*calls) == {EXPECTED}


AFTER_SUBINTERPRETER = """
import importlib, sys
name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
interpreters = importlib.import_module(name)
interpreters.destroy(interpreters.create())
import gil
print(gil.states())
"""


@pytest.mark.claim("B1")
def test_states_after_a_subinterpreter_existed(run_python):
    """`PyGILState_Check` says yes to everything from the first subinterpreter on; `states` does not."""
    run = run_python("-W", "ignore", "-c", AFTER_SUBINTERPRETER)
    assert (run.stdout, run.stderr) == (f"{states()}\n", "")


def test_states_are_a_value():
    """Two answers that say the same are equal and hash alike, and show what they say."""
    assert states() == states()
    assert hash(states()) == hash(states())
    assert states() != EXPECTED
    assert repr(states()) == (
        "AttachStates(entered=True, detached=False, reattached=True, detached_again=False, returned=True)"
    )


def test_states_cannot_be_made_up_or_changed():
    """Only `states()` makes them, and nothing changes them."""
    with pytest.raises(TypeError, match="cannot create"):
        AttachStates()
    with pytest.raises(AttributeError, match="not writable"):
        states().entered = False
