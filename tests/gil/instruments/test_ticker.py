"""`Ticker`, which no GIL can stop."""

import math
import threading
import time
from itertools import pairwise

import pytest

from gil import Ticker, hold


def ticked(interval, enough):
    """Tick until there are so many; on a busy machine that takes longer."""
    for seconds in (0.02, 0.2, 2, 20):
        ticker = Ticker(interval)
        time.sleep(seconds)
        moments = ticker.stop()
        if len(moments) >= enough:
            break
    return moments


def test_ticks_are_at_least_an_interval_apart():
    before = time.perf_counter_ns()
    moments = ticked(0.001, 5)
    assert len(moments) >= 5
    assert min(after - before for before, after in pairwise(moments)) >= 1_000_000
    assert before < moments[0] < moments[-1] < time.perf_counter_ns()


@pytest.mark.thread_unsafe(reason="compares clocks")
def test_ticks_are_no_more_than_an_interval_apart(times_as_long):
    """A busy machine delays ticks, but not the quickest two of each try."""

    def shortest_interval(seconds):
        ticker = Ticker(seconds)
        time.sleep(5 * seconds)
        return min((after - before for before, after in pairwise(ticker.stop())), default=math.inf) / 1e9

    assert times_as_long(shortest_interval, 0.005) < 1.5


def test_ticks_while_the_thread_that_made_it_is_attached():
    """With a GIL no Python thread could have done so."""
    for seconds in (0.02, 0.2, 2):
        ticker = Ticker(0.001)
        before = time.perf_counter_ns()
        hold(seconds)
        after = time.perf_counter_ns()
        within = [moment for moment in ticker.stop() if before < moment < after]
        if len(within) >= 10:
            break
    assert len(within) >= 10


def test_stop_again_returns_the_same():
    ticker = Ticker(0.001)
    time.sleep(0.01)
    moments = ticker.stop()
    time.sleep(0.01)
    assert ticker.stop() == moments


def test_stop_does_not_wait_for_the_next_tick():
    ticker = Ticker(3600)
    assert ticker.stop() == []


def test_stop_by_several_threads(run_concurrently):
    ticker = Ticker(0.001)
    time.sleep(0.01)
    first, *others = run_concurrently(*[ticker.stop] * 4)
    assert others == [first] * 3


@pytest.mark.thread_unsafe(reason="counts the threads of the process")
def test_ends_with_its_object(threads_of_the_process):
    """To `threading` it is unknown, while it ticks too."""
    threads = threading.enumerate()
    before = threads_of_the_process()
    ticker = Ticker(0.001)
    assert threading.enumerate() == threads
    del ticker
    deadline = time.monotonic() + 30
    while threads_of_the_process() > before:
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("interval", [-1, math.nan, math.inf, 1e300])
@pytest.mark.lane_independent
def test_bad_interval(interval):
    with pytest.raises(ValueError, match=r"^interval must be a number of seconds, finite and not negative, "):
        Ticker(interval)


@pytest.mark.parametrize("interval", [0, -0.0, 1e-300])
def test_interval_of_nothing(interval):
    with pytest.raises(ValueError, match=r"^interval must be more than 0$"):
        Ticker(interval)
