"""`Ticker`, which no GIL can stop."""

import math
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
        time.sleep(3.5 * seconds)
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


def test_stop_does_not_wait_for_the_next_tick():
    ticker = Ticker(3600)
    assert ticker.stop() == []
