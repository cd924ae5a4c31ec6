"""`Knocker`: how long others wait for their turn while a thread is attached."""

import math
import sys
import time

import pytest

from gil import Knocker, hold, release

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


def longest_wait(call, *arguments, **options):
    """Knock while the call lasts; return for how many seconds a knock waited at most.

    NaN, which is neither above nor below anything, if the machine let no knock begin in that time.
    """
    knocker = Knocker(0.001, **options)
    begun = time.perf_counter_ns()
    call(*arguments)
    ended = time.perf_counter_ns()
    knocks = knocker.stop()
    return max((got - asked for asked, got, _ in knocks if begun < asked < ended), default=math.nan) / 1e9


@pytest.mark.claim("K4")
@pytest.mark.thread_unsafe(reason="other threads are attached as well")
def test_a_knock_waits_for_an_attached_thread():
    """With a GIL for the GIL, without for the stop of the world."""
    assert any(longest_wait(hold, seconds) > seconds / 2 for seconds in (0.05, 0.2, 0.8))


@pytest.mark.thread_unsafe(reason="other threads are attached as well")
def test_a_knock_does_not_wait_for_a_detached_thread(shortest):
    assert shortest(lambda: longest_wait(release, 0.05), below=0.025) < 0.025


@pytest.mark.thread_unsafe(reason="other threads are attached as well")
def test_a_knock_that_stops_nothing_waits_for_the_gil_alone(shortest):
    """Without a GIL any number of threads may be attached at once."""

    def waited(seconds):
        return longest_wait(hold, seconds, stop_the_world=False)

    if GIL:
        assert any(waited(seconds) > seconds / 2 for seconds in (0.05, 0.2, 0.8))
    else:
        assert shortest(lambda: waited(0.05), below=0.025) < 0.025


def test_knocks_follow_each_other():
    for seconds in (0.05, 0.5, 5):  # a busy machine lets the thread begin late
        knocker = Knocker(0.001)
        time.sleep(seconds)
        before = time.perf_counter_ns()
        knocks = [moment for knock in knocker.stop() for moment in knock]
        if knocks:
            break
    assert knocks == sorted(knocks)
    assert before > knocks[0]
    assert time.perf_counter_ns() > knocks[-1]


def test_stop_does_not_wait_for_the_next_knock():
    assert Knocker(1e9).stop() == []


AT_EXIT = """
import atexit, gil, time
def late():
    try: gil.Knocker(1e-6)
    except RuntimeError as error: print(error)
atexit.register(late)  # functions registered later are called before
kept = [gil.Knocker(1e-6) for _ in range(4)]
time.sleep(0.02)
class Late:
    def __del__(self): print(type(self.knocker.stop()).__name__)
late = Late()
late.knocker = kept[0]
"""


@pytest.mark.child("-c", AT_EXIT)
def test_at_the_end_of_the_interpreter(child):
    """They are ended before it is: a thread that waits to attach then would stop there for good."""
    refused = "can't start new thread: the interpreter is shutting down\n"
    assert (child.returncode, child.stdout, child.stderr) == (0, f"{refused}list\n", "")
