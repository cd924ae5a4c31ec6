"""Do other threads get their turn while a function runs, and can the world be stopped? Two instruments tell.

A ``Sampler``, which never attaches, sees whether the function's thread is attached. A ``Knocker`` asks for
its turn again and again: it attaches, or stops the world as a garbage collection does. A knock that came and
was answered while the function ran is proof that it let go. None, although one waited and the sampler saw the
thread attached all that time, is proof that it did not.

All moments are those of ``Timeline``'s clock.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from gil._gil import Knocker, Sampler, Timeline
from gil.lesson.phases import by_thread, phases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gil import Event
    from gil.lesson.phases import Phase, State

KNOCK_S = 0.001
# What a busy machine keeps from its turn in one stretch, it lets have it in another.
_STRETCHES = 3
# How many times as long as it wants to watch an observation may take.
_PATIENCE = 4


class Step(NamedTuple):
    """A point that a thread passed, and whether it was attached then, by its thread state."""

    label: str
    attached: bool


@dataclass(frozen=True, slots=True)
class Knocks:
    """What became of the knocks of another thread in the stretches that were watched."""

    asked: int
    """How often one waited in a stretch, if only for a moment."""
    answered: int
    """How often one was answered in a stretch."""
    waited_ms: float
    """How long they waited in the stretches, all together."""
    longest_ms: float
    """How long one waited in one stretch, at most."""
    attached_share: float | None
    """In which share of ``waited_ms`` the sampler saw the function's thread attached.

    None if nobody waited, or if this interpreter cannot be sampled.
    """


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of one function, called again and again for a while."""

    calls: int
    steps: tuple[Step, ...]
    """Those of the calling thread, each once, in their order."""
    threads: int
    """How many threads of its own the function made in a call."""
    thread_steps: tuple[Step, ...]
    """Those of these threads."""
    watched: State
    """What the stretches watched were: ``detached`` if the function ever was, and ``attached`` otherwise."""
    watched_ms: float
    """How long they were, all together, while another thread asked for its turn."""
    watched_share: float
    """Which share of a call they were, the median: what else it did, it did attached or waiting to attach."""
    turns: Knocks
    """Of a thread that asked to attach."""
    stops: Knocks | None
    """Of a thread that asked to stop the world; None where there is a GIL."""


def observe(work: Callable[[Timeline], object], *, seconds: float, stop_the_world: bool) -> Observation:
    """Call ``work`` until ``seconds`` of it, and three stretches, were watched while another thread attaches.

    Then, if asked, because there is no GIL, the same once more while another thread stops the world; not at
    the same time, because a stop that waits keeps everybody waiting who wants to attach.

    ``work`` gets a new timeline for each call, on which it has to leave its marks.

    Gives up after four times ``seconds``, but not before three stretches. What ``work`` raises is raised
    here.
    """
    turns = _watch(work, seconds, stop_the_world=False)
    stops = _watch(work, seconds, stop_the_world=True) if stop_the_world else None
    calls = [*turns.calls, *(stops.calls if stops else ())]
    own, others = _steps(calls)
    return Observation(
        calls=len(calls),
        steps=own,
        threads=max(len(by_thread(events)) for events in calls) - 1,
        thread_steps=others,
        watched=turns.stretches[0].state,
        watched_ms=_total_ns(turns.stretches) / 1e6,
        watched_share=median(map(_watched_share, turns.calls)),
        turns=_knocks(turns, gil=not stop_the_world),
        stops=_knocks(stops, gil=False) if stops else None,
    )


class _Watched(NamedTuple):
    calls: list[list[Event]]
    stretches: list[Phase]
    knocks: Sequence[tuple[int, int, int]]
    """When each was asked, answered and over."""
    spans: Sequence[tuple[int, int, bool]] | None
    """When the function's thread was attached and when not, as sampled."""


def _watch(work: Callable[[Timeline], object], seconds: float, *, stop_the_world: bool) -> _Watched:
    calls: list[list[Event]] = []
    stretches: list[Phase] = []
    sampler = _sampler()
    knocker = Knocker(KNOCK_S, stop_the_world=stop_the_world)
    try:
        give_up = time.monotonic() + _PATIENCE * seconds
        while len(stretches) < _STRETCHES or (
            _total_ns(stretches) < seconds * 1e9 and time.monotonic() < give_up
        ):
            timeline = Timeline()
            work(timeline)
            calls.append(timeline.events())
            stretches += _stretches(calls[-1])
    finally:
        knocks = knocker.stop()
        spans = sampler.stop().spans() if sampler else None
    return _Watched(calls, stretches, knocks, spans)


def _sampler() -> Sampler | None:
    try:
        return Sampler()
    except RuntimeError:  # no way to look at the thread state could be proven on this interpreter
        return None


def _stretches(events: list[Event]) -> list[Phase]:
    """Return what to watch of a call, in the thread that it began in: ``detached``, if it ever was."""
    own = phases(_own(events))
    detached = [phase for phase in own if phase.state == "detached"]
    return detached or [phase for phase in own if phase.state == "attached"]


def _watched_share(events: list[Event]) -> float:
    own = _own(events)
    # At least a nanosecond, lest a call was over before the clock went on.
    return _total_ns(_stretches(events)) / max(own[-1].ns - own[0].ns, 1)


def _own(events: list[Event]) -> list[Event]:
    """Return those of the thread that the call began in."""
    return by_thread(events)[events[0].thread]


def _total_ns(stretches: Iterable[Phase]) -> int:
    return sum(stretch.duration_ns for stretch in stretches)


def _steps(calls: Iterable[list[Event]]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the steps of the threads that began the calls and those of all others, each once."""
    own: dict[Step, None] = {}
    others: dict[Step, None] = {}
    for events in calls:
        for thread, passed in by_thread(events).items():
            steps = own if thread == events[0].thread else others
            steps.update(dict.fromkeys(Step(event.label, event.attached) for event in passed))
    return tuple(own), tuple(others)


def _knocks(watched: _Watched, *, gil: bool) -> Knocks:
    asked = answered = 0
    waits: list[tuple[int, int]] = []
    ends = [stretch.end_ns for stretch in watched.stretches]
    for asked_ns, answered_ns, _ in watched.knocks:
        # The first stretch that had not ended when it was asked, and all that began before the answer.
        place = bisect_left(ends, asked_ns + 1)
        for stretch in watched.stretches[place:]:
            if stretch.start_ns >= answered_ns:
                break
            asked += 1
            # Whoever has the GIL reads the clock while no other thread is attached. Without a GIL it may be
            # read late, so that only what was also asked for in the stretch is sure to be answered in it.
            answered += answered_ns < stretch.end_ns and (gil or stretch.start_ns <= asked_ns)
            waits.append((max(asked_ns, stretch.start_ns), min(answered_ns, stretch.end_ns)))
    waited = sum(end - start for start, end in waits)
    return Knocks(
        asked=asked,
        answered=answered,
        waited_ms=waited / 1e6,
        longest_ms=max((end - start for start, end in waits), default=0) / 1e6,
        attached_share=_attached_ns(waits, watched.spans) / waited if waited and watched.spans else None,
    )


def _attached_ns(waits: Iterable[tuple[int, int]], spans: Sequence[tuple[int, int, bool]]) -> int:
    """Return for how long of these times a sampled thread was attached."""
    ends = [end for _, end, _ in spans]
    attached = 0
    for start, end in waits:
        for span_start, span_end, was_attached in spans[bisect_left(ends, start) :]:
            if span_start >= end:
                break
            if was_attached:
                attached += max(0, min(end, span_end) - max(start, span_start))
    return attached
