"""What `Knocker` and `Sampler` have in common: a thread in the background."""

import math
import threading
import time

import pytest

from gil import Knocker, Sampler

pytestmark = pytest.mark.parametrize("start", [Knocker, Sampler])


def test_stop_again_returns_the_same(start):
    background = start(0.001)
    time.sleep(0.02)
    ended = background.stop()
    time.sleep(0.01)
    assert background.stop() == ended


def test_stop_by_several_threads(start, run_concurrently):
    background = start(0.001)
    time.sleep(0.01)
    first, *others = run_concurrently(*[background.stop] * 4)
    assert others == [first] * 3


@pytest.mark.thread_unsafe(reason="counts the threads of the process")
def test_ends_with_its_object(start, count_background_threads):
    """`threading` never knows it."""
    count_background_threads(0)
    threads = threading.enumerate()
    background = start(0.001)
    count_background_threads(1)
    assert threading.enumerate() == threads
    del background
    count_background_threads(0)


@pytest.mark.parametrize("interval", [-1, math.nan, math.inf, 1e300])
@pytest.mark.lane_independent
def test_bad_interval(start, interval):
    with pytest.raises(ValueError, match=r"^interval must be a number of seconds, finite and not negative, "):
        start(interval)


@pytest.mark.parametrize("interval", [0, -0.0, 1e-300])
@pytest.mark.lane_independent
def test_interval_of_nothing(start, interval):
    with pytest.raises(ValueError, match=r"^interval must be more than 0$"):
        start(interval)
