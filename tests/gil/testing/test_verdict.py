"""What a measured share says: yes, no, or that it cannot be told."""

import dataclasses
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from gil.testing import NotMeasuredError
from gil.testing.evidence import Evidence, timeline
from gil.testing.others import OtherThreads
from gil.testing.verdict import judge

pytestmark = pytest.mark.lane_independent


def measured(low, high):
    """Return what says that a call was attached for a share between these two."""
    return Evidence((low + high) / 2, (low, high), 1.5, "a.py:3", 1234, 5, 2.0, "a look", ())


@pytest.mark.parametrize(
    ("wanted", "low", "high"),
    [("releases", 0.0, 0.1), ("releases", 0.02, 0.099), ("holds", 0.9, 1.0), ("holds", 0.901, 0.95)],
)
def test_all_of_the_interval_has_to_reach_it(wanted, low, high):
    judge(wanted, 0.9, "it", measured(low, high))


@pytest.mark.parametrize(
    ("wanted", "low", "high"), [("releases", 0.101, 0.2), ("releases", 0.9, 1), ("holds", 0, 0.899)]
)
def test_none_of_the_interval_reaches_it(wanted, low, high):
    with pytest.raises(AssertionError) as raised:
        judge(wanted, 0.9, "it", measured(low, high))
    assert not isinstance(raised.value, NotMeasuredError)
    assert str(raised.value).startswith(f"it was {'detached' if wanted == 'releases' else 'attached'} for ")
    assert "1,234 looks at 5 calls of 2.0 ms, by a look" in str(raised.value)
    assert "1.5 ms attached in one stretch, at a.py:3" in str(raised.value)


@pytest.mark.parametrize(
    ("wanted", "low", "high"),
    [("releases", 0.09, 0.11), ("releases", 0, 1), ("holds", 0.89, 0.91), ("holds", 0, 1)],
)
def test_what_lies_on_both_sides_is_not_measured(wanted, low, high):
    with pytest.raises(NotMeasuredError, match=r"^Could not be measured: it was .* takes more looks to tell"):
        judge(wanted, 0.9, "it", measured(low, high))


@pytest.mark.parametrize(
    ("wanted", "low", "high", "waited"),
    [("releases", 0.2, 0.3, 0.5), ("holds", 0.6, 0.7, 0.5), ("releases", 0.98, 1.0, 0.99)],
)
def test_a_share_that_a_busy_machine_may_have_changed_is_not_measured(wanted, low, high, waited):
    """In the time of the waits it may have been attached or not."""
    seen = dataclasses.replace(measured(low, high), waited_share=waited)
    with pytest.raises(NotMeasuredError, match=r"busy machine let it wait for a processor for .* %"):
        judge(wanted, 0.9, "it", seen)


@pytest.mark.parametrize(
    ("wanted", "low", "high", "waited"),
    [("releases", 0.98, 1.0, 0.7), ("holds", 0.0, 0.02, 0.7), ("releases", 0.2, 0.3, 0.05)],
)
def test_a_wait_that_cannot_have_changed_it_is_no_excuse(wanted, low, high, waited):
    with pytest.raises(AssertionError) as raised:
        judge(wanted, 0.9, "it", dataclasses.replace(measured(low, high), waited_share=waited))
    assert not isinstance(raised.value, NotMeasuredError)


@pytest.mark.parametrize(
    ("wanted", "attached"), [("releases", 0), ("releases", 1), ("holds", 0), ("holds", 1)]
)
def test_a_few_looks_tell_nothing(wanted, attached):
    """However sure they seem."""
    seen = dataclasses.replace(measured(attached, attached), samples=39)
    with pytest.raises(NotMeasuredError, match=r"^Could not be measured: there were only 39 looks at it"):
        judge(wanted, 0.9, "it", seen)


def test_nothing_seen_is_not_measured():
    with pytest.raises(NotMeasuredError, match=r"^Could not be measured: nothing was seen of it"):
        judge("releases", 0.9, "it", None)


@pytest.mark.parametrize(("wanted", "low", "high"), [("releases", 0, 0.01), ("holds", 0.4, 0.6)])
def test_detached_may_be_what_others_asked_for(wanted, low, high):
    with pytest.raises(NotMeasuredError, match=r"other Python threads were busy"):
        judge(wanted, 0.9, "it", measured(low, high), interfered=True)


def test_attached_is_attached_whatever_others_do():
    judge("holds", 0.9, "it", measured(0.95, 1), interfered=True)
    with pytest.raises(AssertionError, match=r"^it was detached for "):
        judge("releases", 0.9, "it", measured(0.95, 1), interfered=True)


@pytest.mark.thread_unsafe(reason="looks at the threads of the process")
@pytest.mark.parametrize(
    ("used", "changes", "taken"),
    [
        ((10**11, 10**11), {}, True),
        ((10**11, 10**10), {}, False),  # this thread was busy, the others were not
        ((0, 10), {}, False),  # nobody was
        ((0, 10**9), {"samples": 10**6}, False),  # nor who looked
        ((0, 10**11), {"gil_enabled": False}, False),
        ((0, 10**11), {"longest_attached_ms": 0.5}, False),
        ((0, 10**11), {"longest_attached_ms": 0.5, "call_ms": 0.5}, True),
        ((0, 10**11), {"releases": 100_000}, False),
    ],
)
def test_who_may_have_taken_the_gil(used, changes, taken, monkeypatch):
    """Another thread that is busy may, unless the call was never attached for as long as a thread waits."""
    before_and_after = iter([(0, 0), used])  # this thread and the others, in nanoseconds on a processor
    monkeypatch.setattr(OtherThreads, "_used_ns", lambda _: next(before_and_after))
    interval = sys.getswitchinterval() * 1e3
    known = {"gil_enabled": True, "longest_attached_ms": interval, "call_ms": 4 * interval}
    known |= {"releases": 1, "samples": 10}
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        others = OtherThreads()
        time.sleep(0.005)
        assert others.may_have_taken_the_gil(SimpleNamespace(**{**known, **changes})) is taken
    finally:
        over.set()
        other.join()


def test_a_timeline_is_one_line():
    drawn, legend = timeline([(0, 10, True), (10, 30, False), (30, 40, True)], 8)
    assert drawn in ("██────██", "##----##")
    assert legend.endswith("(40 ns)")
    assert timeline([(5, 5, True)]) == ("", "no time passed")
