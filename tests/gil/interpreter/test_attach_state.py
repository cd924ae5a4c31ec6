"""`states()`: is this thread attached? The thread's own state answers, whatever other threads do."""

import threading
import time

import pytest

from gil import AttachStates, Timeline, hold, release, states

EXPECTED = (True, False, True, False, True)


def seen():
    found = states()
    return found.entered, found.detached, found.reattached, found.detached_again, found.returned


@pytest.mark.claim("B1", "0a", "0t")
def test_states_of_a_call():
    """A native function is entered attached, `detach` and `attach` nest, and the end is as the start."""
    assert seen() == EXPECTED


@pytest.mark.claim("B1")
def test_states_in_eight_threads(run_concurrently):
    """Each of eight threads sees its own state."""
    calls = run_concurrently(*[lambda: {seen() for _ in range(500)}] * 8)
    assert set().union(*calls) == {EXPECTED}


@pytest.mark.claim("B1")
@pytest.mark.thread_unsafe(reason="holds the GIL at the moment at which its other thread wakes up")
def test_a_thread_is_detached_while_another_is_attached():
    """Up to 3.11 CPython keeps one current thread state a process, that of whoever is attached."""
    for _ in range(20):
        ours, others = Timeline(), Timeline()
        thread = threading.Thread(target=release, args=(0.02,), kwargs={"timeline": others})
        thread.start()
        while len(others) < 3:  # enter, detach, detached
            time.sleep(0.001)
        hold(0.06, timeline=ours)
        thread.join()
        begun, ended = ours
        wakes = others.events()[3]
        assert (wakes.label, wakes.attached) == ("attach", False)
        if begun.ns < wakes.ns < ended.ns:
            return
    pytest.fail("the machine was too busy: no thread woke up while the other one was attached")


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
