"""Instruments: what do other threads get done while one thread holds or releases the GIL?"""

import contextlib
import itertools
import threading
import time

import pytest

# Often enough to be counted in a short phase, seldom enough to leave a loaded machine alone.
PAUSE = 0.005


class Log(list):
    """When a thread did something, again and again: pairs of `time.perf_counter_ns()`, begun and done."""

    def begun_in(self, start, end):
        return sum(start < begun < end for begun, _ in self)

    def done_in(self, start, end):
        return sum(start < begun and done < end for begun, done in self)

    def wait_past(self, moment):
        """Wait until all that began before this moment has been written down."""
        wait_until(lambda: self[-1][0] > moment)

    def under_way_at(self, moment):
        return any(begun < moment < done for begun, done in self)

    def longest_silence(self, start, end):
        moments = [start, *(done for _, done in self if start < done < end), end]
        return max(after - before for before, after in itertools.pairwise(moments)) / 1e9


@contextlib.contextmanager
def repeat_in_thread(action):
    log = Log()
    stop = threading.Event()

    def run():
        while not stop.is_set():
            begun = time.perf_counter_ns()
            action()
            log.append((begun, time.perf_counter_ns()))
            time.sleep(PAUSE)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    wait_until(lambda: log)
    try:
        yield log
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


def wait_until(condition, deadline=30):
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.001)


@pytest.fixture(scope="session")
def repeat():
    return repeat_in_thread


@pytest.fixture(scope="session")
def wait_for():
    """Wait until a timeline has an event with that label, and return the first."""

    def wait(timeline, label):
        wait_until(lambda: any(event.label == label for event in timeline))
        return next(event for event in timeline if event.label == label)

    return wait
