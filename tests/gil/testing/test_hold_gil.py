"""The fixture `hold_gil`, with which a test finds out what its own timeouts are worth."""

import queue
import sys
import time

import pytest

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


@pytest.mark.thread_unsafe(reason="other threads would keep the GIL as well")
def test_a_timeout_is_late_where_there_is_a_gil(hold_gil):
    """The thread that waits comes back when the other one lets go, and without a GIL on time."""
    for held in (0.05, 0.5, 5):  # on a busy machine the holder comes late
        timeout = held / 5
        with hold_gil(held, after=0.001) as holder:
            begun = time.perf_counter_ns()
            with pytest.raises(queue.Empty):
                queue.Queue().get(timeout=timeout)
            ended = time.perf_counter_ns()
        _, got, left = holder.wait()
        assert left <= time.perf_counter_ns()
        if GIL:
            assert not got < ended < left
        if got < begun + timeout * 1e9 and (GIL or ended < left):
            break
    else:
        pytest.fail("the holder came too late each time")


@pytest.fixture
def after_the_test():
    """Holders to look at when `hold_gil`, which the test asks for later, is done."""
    holders = []
    yield holders
    sleeping, ended = holders
    assert sleeping.wait() is None
    asked, got, left = ended.wait()
    assert asked <= got <= left


@pytest.mark.thread_unsafe(reason="counts its holders")
def test_it_has_let_go_at_the_end_of_the_test(after_the_test, hold_gil):
    """So has one that nobody waits for, because it has not even begun."""
    after_the_test += [hold_gil(3600, after=3600), hold_gil(0)]
    after_the_test[1].wait()  # a busy machine may let it begin late
