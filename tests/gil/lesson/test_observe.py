"""The instruments: what they count, checked on made-up moments and on functions of known behaviour."""

import gc
import sys
import threading
import time

import pytest

from gil import hold, release
from gil.lesson.observe import Collections, Step, _collections, _count, _Watched, observe
from gil.lesson.phases import Phase

own_threads = pytest.mark.thread_unsafe(reason="starts threads and reads clocks")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
MS = 1_000_000
STRETCHES = [Phase("attached", 100 * MS, 200 * MS), Phase("attached", 300 * MS, 400 * MS)]
REST = [(10 * MS, 11 * MS), (20 * MS, 23 * MS), (30 * MS, 32 * MS)]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], Collections(0, 0, None, 2.0, 0.0)),
        ([(60, 70), (210, 290), (410, 420)], Collections(0, 0, None, 2.0, 0.0)),  # all outside
        ([(90, 150)], Collections(0, 0, None, 2.0, 0.0)),  # began before, and did not wait
        ([(90, 201)], Collections(1, 0, 111.0, 2.0, 100.0)),
        ([(110, 120), (310, 340)], Collections(2, 2, 20.0, 2.0, 0.0)),
        ([(110, 201)], Collections(1, 0, 91.0, 2.0, 90.0)),
        ([(120, 130), (150, 210), (370, 500)], Collections(3, 1, 60.0, 2.0, 50.0)),
    ],
)
@pytest.mark.lane_independent
def test_collections(spans, expected):
    spans = [*REST, *((begun * MS, done * MS) for begun, done in spans)]
    assert _collections(_Watched([], STRETCHES, 50 * MS, spans)) == expected


@pytest.mark.parametrize(
    ("moments", "expected"),
    [([], 0), ([100, 101, 199, 200], 2), ([50, 150, 250, 300, 350, 400, 450], 2), ([101, 102, 103], 3)],
)
@pytest.mark.lane_independent
def test_ticks_within_stretches_are_counted(moments, expected):
    """One at the very start or end was begun or ended outside."""
    assert _count([moment * MS for moment in moments], STRETCHES) == expected


@pytest.fixture
def short_collections():
    """Let a collection look at what a test makes, not at all of pytest: then it is over in a moment."""
    gc.freeze()
    yield
    gc.unfreeze()


SECONDS = 0.05  # no more than a slice of the main thread's detached phase: a call is one stretch


def first_fit(function, fits):
    """Observe again, until a busy machine has not kept the other threads from their turn.

    What `fits` asks for is only that they had one; what they could do then is for the tests.
    """
    for _ in range(20):
        seen = observe(
            lambda timeline: function(SECONDS, timeline=timeline), seconds=SECONDS, collect=not GIL
        )
        if fits(seen):
            return seen
    pytest.fail("the machine was too busy in every observation")


@own_threads
def test_observes_hold(short_collections):
    """With a GIL not one tick is possible; without, one collection a stretch can begin and none can end."""
    had_their_turn = (
        (lambda seen: seen.ticks_due >= 5) if GIL else (lambda seen: seen.ticks and seen.collections.began)
    )
    seen = first_fit(hold, had_their_turn)
    assert (seen.watched, seen.threads, seen.thread_steps) == ("attached", 0, ())
    assert seen.calls == (3 if GIL else 3 + 6)
    assert seen.steps == (Step("enter", True), Step("exit", True))
    assert seen.watched_ms >= 3 * SECONDS * 1e3
    assert seen.watched_share == 1
    if GIL:
        assert seen.ticks == 0
        assert seen.collections is None
    else:
        assert seen.collections.began <= 6
        assert seen.collections.ended == 0
        assert seen.collections.waited_ms > 0


@own_threads
def test_observes_release(short_collections):
    """All of a collection, from its begin to its end, finds place in a detached phase."""
    seen = first_fit(release, lambda seen: seen.ticks >= 5 and (GIL or seen.collections.began > 5))
    assert seen.watched == "detached"
    labels = ["enter", "detach", "detached", "attach", "attached", "exit"]
    assert seen.steps == tuple(Step(label, label not in {"detached", "attach"}) for label in labels)
    assert 0.75 < seen.watched_share <= 1
    # Each tick comes at least a millisecond after the one before.
    assert seen.ticks <= seen.watched_ms + seen.calls
    if not GIL:
        # One may be under way at the end of each stretch; there are half as many stretches as calls.
        assert seen.collections.ended >= seen.collections.began - seen.calls


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by which an observation gives up; sleeping remains."""

    class Clock:
        now = 0.0
        sleep = staticmethod(time.sleep)

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr("gil.lesson.observe.time", clock)
    return clock


@own_threads
def test_calls_until_enough_was_watched(clock):
    """Five stretches of at least 10 ms are 45 ms, and no more than five are needed."""
    seen = observe(lambda timeline: hold(0.01, timeline=timeline), seconds=0.045, collect=False)
    assert 3 <= seen.calls <= 5
    assert seen.watched_ms >= 45


@own_threads
def test_watches_three_stretches_at_least(clock):
    """One would be enough for the time."""
    seen = observe(lambda timeline: hold(0.01, timeline=timeline), seconds=0.001, collect=False)
    assert seen.calls == 3


@own_threads
def test_gives_up(clock):
    """A function that is hardly ever inside would keep it for ever; it gets four times the seconds."""

    def work(timeline):
        clock.now += 0.5
        assert clock.now < 10, "does not give up"
        hold(0, timeline=timeline)

    seen = observe(work, seconds=1.0, collect=False)
    assert seen.calls == 8
    assert seen.watched_ms < 1000


@own_threads
def test_gives_up_after_three_stretches_only(clock):
    """Its time is over with the first."""

    def work(timeline):
        clock.now += 100
        hold(0.001, timeline=timeline)

    assert observe(work, seconds=1.0, collect=False).calls == 3


@own_threads
def test_leaves_no_thread_behind_after_a_failure():
    def fail(timeline):
        raise LookupError("on purpose")

    before = threading.enumerate()
    with pytest.raises(LookupError, match="on purpose"):
        observe(fail, seconds=0.01, collect=True)
    assert threading.enumerate() == before
