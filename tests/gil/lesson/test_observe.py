"""The observation: what it counts, checked on made-up moments and on functions of known behaviour."""

import sys
import time

import pytest

from gil import hold, release
from gil.lesson import observe as observing
from gil.lesson.observe import Knocks, Step, _knocks, _Watched, observe
from gil.lesson.phases import Phase

own_threads = pytest.mark.thread_unsafe(reason="starts threads and reads clocks")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
MS = 1_000_000
STRETCHES = [Phase("attached", 100 * MS, 200 * MS), Phase("attached", 300 * MS, 400 * MS)]
SPANS = [(0, 150 * MS, False), (150 * MS, 350 * MS, True), (350 * MS, 500 * MS, False)]


@pytest.mark.parametrize(
    ("knocks", "expected"),  # without a GIL
    [
        ([], Knocks(0, 0, 0.0, 0.0, None)),
        ([(60, 70), (210, 290), (410, 420)], Knocks(0, 0, 0.0, 0.0, None)),  # all outside
        ([(60, 100), (200, 210)], Knocks(0, 0, 0.0, 0.0, None)),  # at the very edges
        ([(90, 150)], Knocks(1, 0, 50.0, 50.0, 0.0)),  # asked before: perhaps answered before, too
        ([(90, 201)], Knocks(1, 0, 100.0, 100.0, 0.5)),
        ([(100, 150)], Knocks(1, 1, 50.0, 50.0, 0.0)),
        ([(150, 200)], Knocks(1, 0, 50.0, 50.0, 1.0)),
        ([(110, 120), (310, 340)], Knocks(2, 2, 40.0, 30.0, 0.75)),
        ([(120, 130), (150, 310), (370, 500)], Knocks(4, 1, 100.0, 50.0, 0.6)),
        ([(50, 500)], Knocks(2, 0, 200.0, 100.0, 0.5)),  # waits for both stretches
    ],
)
@pytest.mark.lane_independent
def test_knocks(knocks, expected):
    moments = [(asked * MS, answered * MS, answered * MS) for asked, answered in knocks]
    assert _knocks(_Watched([], STRETCHES, moments, SPANS), gil=False) == expected


@pytest.mark.lane_independent
@pytest.mark.parametrize(("answered", "expected"), [(101, 1), (199, 1), (200, 0), (250, 0)])
def test_a_knock_that_took_the_gil_in_a_stretch_was_answered_in_it(answered, expected):
    """Whenever it was asked for: the clock was read while no other thread was attached."""
    moments = [(90 * MS, answered * MS, answered * MS)]
    assert _knocks(_Watched([], STRETCHES, moments, SPANS), gil=True).answered == expected


@pytest.mark.lane_independent
def test_without_a_sampler_nothing_is_said_of_what_it_would_have_seen():
    assert (
        _knocks(_Watched([], STRETCHES, [(110 * MS, 120 * MS, 120 * MS)], None), gil=True).attached_share
        is None
    )


SECONDS = 0.05  # no more than a slice of the main thread's detached phase: a call is one stretch


def first_fit(function, fits):
    """Observe again, until a busy machine has not kept the other threads from their turn.

    What `fits` asks for is only that they had one; what they could do then is for the tests.
    """
    for _ in range(20):
        seen = observe(
            lambda timeline: function(SECONDS, timeline=timeline), seconds=SECONDS, stop_the_world=not GIL
        )
        if fits(seen):
            return seen
    pytest.fail("the machine was too busy in every observation")


@own_threads
def test_observes_hold():
    """With a GIL nobody can attach; without, nobody can stop the world."""
    took_ms = []

    def timed_hold(seconds, *, timeline):
        begun = time.perf_counter_ns()
        hold(seconds, timeline=timeline)
        took_ms.append((time.perf_counter_ns() - begun) / 1e6)

    seen = first_fit(timed_hold, lambda seen: (seen.turns if GIL else seen.stops).waited_ms >= SECONDS * 1e3)
    assert (seen.watched, seen.threads, seen.thread_steps) == ("attached", 0, ())
    assert seen.calls == (3 if GIL else 3 + 3)
    assert seen.steps == (Step("enter", True), Step("exit", True))
    assert seen.watched_ms >= 3 * SECONDS * 1e3
    assert seen.watched_share == 1
    waited = seen.turns if GIL else seen.stops
    assert waited.answered == 0
    assert waited.longest_ms <= waited.waited_ms <= sum(took_ms[-seen.calls :])
    if GIL:  # without one `stops` are of other calls than those that were watched for this long
        assert waited.waited_ms <= seen.watched_ms
    assert waited.attached_share > 0.9
    assert (seen.stops is None) is GIL


@own_threads
def test_observes_release():
    """A knock of either kind comes and goes in a detached phase.

    A busy machine may wake whoever knocks late. For so long it seems to wait, and if that is at the edge of a
    phase and shorter than the time between two looks, it seems to wait for an attached thread.
    """

    def came_and_went(knocks):
        return knocks.answered >= 5 and knocks.longest_ms < 1

    seen = first_fit(release, lambda seen: all(map(came_and_went, filter(None, [seen.turns, seen.stops]))))
    assert seen.watched == "detached"
    labels = ["enter", "detach", "detached", "attach", "attached", "exit"]
    assert seen.steps == tuple(Step(label, label not in {"detached", "attach"}) for label in labels)
    assert 0.75 < seen.watched_share <= 1
    for knocks in filter(None, [seen.turns, seen.stops]):
        # One may be under way at the start and at the end of each stretch.
        assert knocks.answered >= knocks.asked - 2 * seen.calls
        assert knocks.attached_share < 0.5 or knocks.waited_ms < 1


@pytest.mark.lane_independent
def test_observes_where_nothing_can_be_sampled(monkeypatch):
    """Then the knocks alone are told."""

    def refuse():
        raise RuntimeError("no way to look")

    monkeypatch.setattr(observing, "Sampler", refuse)
    seen = observe(lambda timeline: hold(0.001, timeline=timeline), seconds=0.001, stop_the_world=False)
    assert seen.turns.attached_share is None


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by which an observation gives up; sleeping remains."""

    class Clock:
        now = 0.0
        sleep = staticmethod(time.sleep)

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(observing, "time", clock)
    return clock


@own_threads
def test_calls_until_enough_was_watched(clock):
    """Five stretches of at least 10 ms are 45 ms, and no more than five are needed."""
    seen = observe(lambda timeline: hold(0.01, timeline=timeline), seconds=0.045, stop_the_world=False)
    assert 3 <= seen.calls <= 5
    assert seen.watched_ms >= 45


@own_threads
def test_watches_three_stretches_at_least(clock):
    """One would be enough for the time."""
    seen = observe(lambda timeline: hold(0.01, timeline=timeline), seconds=0.001, stop_the_world=False)
    assert seen.calls == 3


@own_threads
def test_gives_up(clock):
    """A function that is hardly ever inside would keep it for ever; it gets four times the seconds."""

    def work(timeline):
        clock.now += 0.5
        assert clock.now < 10, "does not give up"
        hold(0, timeline=timeline)

    seen = observe(work, seconds=1.0, stop_the_world=False)
    assert seen.calls == 8
    assert seen.watched_ms < 1000


@own_threads
def test_gives_up_after_three_stretches_only(clock):
    """Its time is over with the first."""

    def work(timeline):
        clock.now += 100
        hold(0.001, timeline=timeline)

    assert observe(work, seconds=1.0, stop_the_world=False).calls == 3


@own_threads
def test_leaves_no_thread_behind_after_a_failure(count_background_threads):
    def fail(timeline):
        count_background_threads(2)  # one looks, one knocks
        raise LookupError("on purpose")

    count_background_threads(0)
    with pytest.raises(LookupError, match="on purpose"):
        observe(fail, seconds=0.01, stop_the_world=True)
    count_background_threads(0)
