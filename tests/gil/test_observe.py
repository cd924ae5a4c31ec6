"""The instruments: what they count, checked on made-up moments and on functions of known behaviour."""

import gc
import sys
import threading
import time

import pytest

from gil import hold, release
from gil.observe import Collections, Step, _collections, _Watched, observe
from gil.phases import Phase

own_threads = pytest.mark.thread_unsafe(reason="starts threads and reads clocks")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
MS = 1_000_000
STRETCHES = [Phase("attached", 100 * MS, 200 * MS), Phase("attached", 300 * MS, 400 * MS)]
REST = [(10 * MS, 11 * MS), (20 * MS, 23 * MS), (30 * MS, 32 * MS)]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], Collections(0, 0, None, 2.0, 0.0, 0.0)),
        ([(60, 70), (210, 290), (410, 420)], Collections(0, 0, None, 2.0, 0.0, 0.0)),  # all outside
        ([(90, 150)], Collections(0, 0, None, 2.0, 0.0, 0.0)),  # began before, and did not wait
        ([(90, 201)], Collections(1, 0, 111.0, 2.0, 100.0, 0.5)),
        ([(110, 120), (310, 340)], Collections(2, 2, 20.0, 2.0, 0.0, 0.0)),
        ([(110, 201)], Collections(1, 0, 91.0, 2.0, 90.0, 0.45)),
        ([(120, 130), (150, 210), (370, 500)], Collections(3, 1, 60.0, 2.0, 50.0, 0.4)),
    ],
)
def test_collections(spans, expected):
    spans = [*REST, *((begun * MS, done * MS) for begun, done in spans)]
    assert _collections(_Watched([], STRETCHES, 50 * MS, spans)) == expected


@pytest.fixture
def short_collections():
    """Let a collection look at what a test makes, not at all of pytest: then it is over in a moment."""
    gc.freeze()
    yield
    gc.unfreeze()


def after_a_few_tries(function, holds, seconds=0.05):
    """Observe; on a loaded machine for longer, until what is to be seen was seen."""
    for watched in (seconds, 4 * seconds, 16 * seconds):
        seen = observe(lambda timeline: function(watched, timeline), seconds=watched, collect=not GIL)  # noqa: B023
        if holds(seen):
            break
    return seen


@own_threads
def test_observes_hold(short_collections):
    seen = after_a_few_tries(
        lambda seconds, timeline: hold(seconds, timeline=timeline),
        lambda seen: seen.ticks_due >= 5 and (GIL or (seen.ticks and seen.collections.began)),
    )
    assert (seen.watched, seen.threads, seen.thread_steps) == ("attached", 0, ())
    assert seen.calls == (3 if GIL else 6)
    assert seen.steps == (Step("enter", True), Step("exit", True))
    assert seen.watched_ms >= 50
    if GIL:
        assert seen.ticks == 0
        assert seen.collections is None
    else:
        assert seen.ticks > 0
        assert 1 <= seen.collections.began <= 3
        assert seen.collections.ended == 0
        assert seen.collections.took_ms > 0  # the median, where the next is the longest
        assert seen.collections.waited_ms > 0


@own_threads
def test_observes_release(short_collections):
    seen = after_a_few_tries(
        lambda seconds, timeline: release(seconds, timeline=timeline),
        lambda seen: seen.ticks and (GIL or seen.collections.ended),
    )
    assert seen.watched == "detached"
    labels = ["enter", "detach", "detached", "attach", "attached", "exit"]
    assert seen.steps == tuple(Step(label, label not in {"detached", "attach"}) for label in labels)
    assert seen.ticks > 0
    if not GIL:
        assert seen.collections.ended > 0


@own_threads
def test_calls_until_enough_was_watched():
    seen = after_a_few_tries(
        lambda _, timeline: hold(0.01, timeline=timeline),
        lambda seen: seen.calls >= 2 and seen.watched_ms >= 45,
        0.045,
    )
    assert seen.calls >= 2
    assert seen.watched_ms >= 45


@own_threads
def test_gives_up():
    """A function that is hardly ever inside would keep it for ever."""

    def work(_, timeline):
        time.sleep(0.02)
        hold(0, timeline=timeline)

    seen = after_a_few_tries(work, lambda seen: seen.watched_ms < 20, 0.02)
    assert seen.watched_ms < 20


@own_threads
def test_leaves_no_thread_behind_after_a_failure():
    def fail(timeline):
        raise LookupError("on purpose")

    before = threading.enumerate()
    with pytest.raises(LookupError, match="on purpose"):
        observe(fail, seconds=0.01, collect=True)
    assert threading.enumerate() == before
