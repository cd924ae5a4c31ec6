"""`Holder`, a native thread that keeps the GIL for a while."""

import math
import os
import sys
import threading
import time

import pytest

from gil import Holder, Sampler

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
MS = 1_000_000


def test_moments_are_in_order():
    """It asks after the time given, and keeps what it got for the other; both are least times."""
    before = time.perf_counter_ns()
    asked, got, left = Holder(0.002, after=0.003).wait()
    assert asked - before >= 3 * MS
    assert got >= asked
    assert left - got >= 2 * MS
    assert left <= time.perf_counter_ns()


@pytest.mark.thread_unsafe(reason="other threads would take the GIL in between")
def test_nobody_else_gets_the_gil_or_stops_the_world():
    """With a GIL no Python code runs meanwhile; without one nothing stops the world. A Sampler goes on."""
    for seconds in (0.1, 0.5, 2):
        sampler, holder, done = Sampler(seconds / 80), Holder(seconds, after=0.001), []
        until = time.perf_counter_ns() + seconds * 1.2e9
        while not done or done[-1] < until:
            time.sleep(0.0005)
            if not GIL:
                sys._current_frames()  # a collection stops the world, too, but then takes its time
            done.append(time.perf_counter_ns())
        _, got, left = holder.wait()
        seen = sampler.stop()
        # What had stopped the world before may come to its end meanwhile.
        assert len([moment for moment in done if got < moment < left]) <= (0 if GIL else 1)
        # A sixth of the looks is due after it has let go; half of all are more than that.
        looks = seen.samples - seen.missed
        if looks >= 48:
            break
    assert looks >= 48


def test_stop_before_it_attached():
    assert Holder(1, after=3600).stop() is None


@pytest.mark.thread_unsafe(
    reason="nobody could stop it if it had the GIL, nor while the world is to be stopped"
)
def test_stop_ends_it_at_once():
    """Long before its two seconds are over, unless it got the GIL before it was stopped."""
    for _ in range(5):
        holder = Holder(2, after=0.001)
        time.sleep(0.01 if not GIL else 0)
        stopped = holder.stop()
        assert holder.stop() == holder.wait() == stopped
        if stopped is None or stopped[2] - stopped[0] < 1000 * MS:
            return
    pytest.fail(f"each time it stayed attached to its end: {stopped}")


def test_block_waits_for_its_end():
    with Holder(0.005) as holder:
        pass
    after = time.perf_counter_ns()
    _, got, left = holder.wait()
    assert left - got >= 5 * MS
    assert left <= after


def test_exception_in_the_block_ends_it_and_passes_through():
    with pytest.raises(KeyError), Holder(0, after=2) as holder:
        raise KeyError
    assert holder.wait() is None


def test_waited_for_by_several_threads(run_concurrently):
    holder = Holder(0.005)
    first, *others = run_concurrently(holder.wait, holder.wait, holder.stop)
    assert others == [first] * 2


def test_is_unknown_to_threading():
    threads = threading.active_count()
    holder = Holder(1, after=3600)
    assert threading.active_count() <= threads
    holder.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.process
def test_forked_child_has_not_got_the_thread(run_python):
    code = """
import os, gil
asleep, ended = gil.Holder(1, after=3600), gil.Holder(0)
moments = ended.wait()
child = os.fork()
if not child:
    os._exit(0 if (asleep.wait(), asleep.stop(), ended.wait()) == (None, None, moments) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), asleep.stop())
"""
    run = run_python("-W", "ignore", "-c", code)
    assert (run.stdout, run.stderr) == ("0 None\n", "")


@pytest.mark.parametrize("name", ["seconds", "after"])
@pytest.mark.parametrize("value", [-1, math.nan, math.inf, 1e300])
@pytest.mark.lane_independent
def test_bad_time(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be a number of seconds, finite and not negative, "):
        Holder(**{"seconds": 0, name: value})
