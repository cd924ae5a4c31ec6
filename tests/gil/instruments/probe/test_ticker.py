"""The switch-interval method, which stands in where no thread's state can be read."""

import sys
import threading
import time

import pytest

import gil
from gil.instruments.probe.ticker import Ticker, Ticks

pytestmark = pytest.mark.thread_unsafe(reason="sets the switch interval of all threads")


def test_ticks_tell_when_others_ran():
    ticks = Ticks(0, 1000, (10, 20, 30, 530, 540, 550), 10.0)
    assert ticks.spans() == [(0, 30, False), (30, 530, True), (530, 550, False), (550, 1000, True)]
    assert (ticks.samples, ticks.attached) == (100, 95)
    assert ticks.releases == 1
    assert ticks.longest_ns == 500


def test_no_ticks_are_one_long_wait():
    assert Ticks(0, 1000, (), 10.0).spans() == [(0, 1000, True)]


if gil.build_info().gil_enabled:

    def watched(call, seconds):
        ticker = Ticker()
        before = sys.getswitchinterval()
        ticker.begin()
        try:
            assert sys.getswitchinterval() == 100
            call(seconds)
        finally:
            ticks = ticker.stop()
        assert sys.getswitchinterval() == before
        assert ticker.stop() is ticks
        return ticks.attached / ticks.samples

    def test_tells_holding_from_letting_go():
        """Of several tries one counts: a busy machine makes ticks late, and holding lets none through."""
        assert watched(gil.hold, 0.05) > 0.9
        assert any(watched(gil.release, 0.05) < 0.5 for _ in range(10))

    def test_python_code_counts_as_holding():
        def spin(seconds):
            until = time.perf_counter() + seconds
            while time.perf_counter() < until:
                pass

        assert watched(spin, 0.05) > 0.9

    def test_leaves_no_thread_behind():
        before = set(threading.enumerate())
        watched(gil.hold, 0.01)
        assert set(threading.enumerate()) == before

    def test_stopped_before_it_began_changes_nothing():
        before = sys.getswitchinterval()
        Ticker().stop()
        assert sys.getswitchinterval() == before

else:

    def test_without_a_gil_it_refuses():
        with pytest.raises(RuntimeError, match="ticks say nothing"):
            Ticker()
