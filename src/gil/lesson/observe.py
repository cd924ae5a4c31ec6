"""What another thread gets done while a function runs: one that ticks, then one that collects garbage.

All moments are those of ``Timeline``'s clock. A tick is a mark, left by a thread that is attached then; so
with a GIL not one tick can lie within a stretch during which another thread was attached and did not let go.
On a busy machine there may be none for want of a processor: how often it should have ticked is counted, by
a thread that needs no GIL.
"""

from __future__ import annotations

import gc
import threading
import time
from bisect import bisect_left, bisect_right
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from gil._gil import Ticker, Timeline
from gil.lesson.phases import by_thread, phases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gil import Event
    from gil.lesson.phases import Phase, State

TICK_S = 0.001
COLLECT_S = 0.002
REST_S = 0.015
# What a busy machine keeps from running in one stretch, it lets run in another.
_STRETCHES = 3
# A collection takes several turns on a processor, and a busy machine may delay any of them until the stretch
# is over, as if the stretch had kept it waiting: more stretches, lest that happens in all of them.
_STRETCHES_WITH_COLLECTIONS = 6
# How many times as long as it wants to watch an observation may take.
_PATIENCE = 4
# The other thread leaves a mark before and after each turn. Four turns, before the function is called for the
# first time, show how long one takes undisturbed.
_FEW = 8


class Step(NamedTuple):
    """A point that a thread passed, and whether it was attached then, by its thread state."""

    label: str
    attached: bool


@dataclass(frozen=True, slots=True)
class Collections:
    """What became of the garbage collections that began in a stretch, or waited for all of one."""

    began: int
    ended: int
    """How many of them also ended in the same stretch."""
    took_ms: float | None
    """How long they took, the median; None if none began."""
    rest_ms: float
    """How long they took before the function was called, the median."""
    waited_ms: float
    """How long, at most, one that did not end in its stretch waited for the end of that."""


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
    """How long they were, all together, while another thread ticked."""
    watched_share: float
    """Which share of a call they were, the median: what else it did, it did attached or waiting to attach."""
    ticks: int
    """How often it ticked in them."""
    ticks_due: int
    """How often a ``Ticker`` of the same interval did."""
    collections: Collections | None
    """None where no thread collected garbage."""


def observe(work: Callable[[Timeline], object], *, seconds: float, collect: bool) -> Observation:
    """Call ``work`` until ``seconds`` of it, and three stretches, were watched while another thread ticks.

    Then, if asked, the same once more, with at least six stretches, while another thread collects garbage;
    not at the same time, because a collection that waits keeps everybody waiting, the thread that ticks too.

    ``work`` gets a new timeline for each call, on which it has to leave its marks.

    Gives up after four times ``seconds``, but not before that many stretches. What ``work`` raises is raised
    here.
    """
    control = Ticker(TICK_S)
    ticks = _watch(work, lambda: None, TICK_S, seconds, _STRETCHES)
    due = control.stop()
    collections = None
    if collect:
        collections = _watch(work, gc.collect, COLLECT_S, seconds, _STRETCHES_WITH_COLLECTIONS)
    calls = [*ticks.calls, *(collections.calls if collections else ())]
    own, others = _steps(calls)
    return Observation(
        calls=len(calls),
        steps=own,
        threads=max(len(by_thread(events)) for events in calls) - 1,
        thread_steps=others,
        watched=ticks.stretches[0].state,
        watched_ms=_total_ns(ticks.stretches) / 1e6,
        watched_share=median(map(_watched_share, ticks.calls)),
        ticks=_count([begun for begun, _ in ticks.spans], ticks.stretches),
        ticks_due=_count(due, ticks.stretches),
        collections=_collections(collections) if collections else None,
    )


class _Watched(NamedTuple):
    calls: list[list[Event]]
    stretches: list[Phase]
    rested_ns: int
    """When the first call began; before, the other thread was undisturbed."""
    spans: list[tuple[int, int]]
    """What the other thread did: begun and done."""


def _watch(
    work: Callable[[Timeline], object],
    other: Callable[[], object],
    pause_s: float,
    seconds: float,
    least: int,
) -> _Watched:
    clock = Timeline()
    calls: list[list[Event]] = []
    stretches: list[Phase] = []
    with _repeated(other, pause_s) as marks:
        time.sleep(REST_S)
        while len(marks) < _FEW:
            time.sleep(TICK_S)
        clock.mark("rested")
        give_up = time.monotonic() + _PATIENCE * seconds
        while len(stretches) < least or (_total_ns(stretches) < seconds * 1e9 and time.monotonic() < give_up):
            timeline = Timeline()
            work(timeline)
            calls.append(timeline.events())
            stretches += _stretches(calls[-1])
            # A collection stops the world twice. Called again at once, `work` would keep it from the second.
            while len(marks) % 2:
                time.sleep(TICK_S)
    moments = [event.ns for event in marks]
    spans = list(zip(moments[::2], moments[1::2], strict=True))
    return _Watched(calls, stretches, clock.events()[0].ns, spans)


@contextmanager
def _repeated(action: Callable[[], object], pause_s: float) -> Iterator[Timeline]:
    """Do something again and again in another thread, and mark when each time begins and ends."""
    timeline = Timeline()
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            timeline.mark("begins")
            action()
            timeline.mark("ends")
            time.sleep(pause_s)

    thread = threading.Thread(target=run, name="gil.observe", daemon=True)
    thread.start()
    try:
        yield timeline
    finally:
        stop.set()
        thread.join()


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


def _count(moments: list[int], stretches: Iterable[Phase]) -> int:
    """Return how many of the moments lie within a stretch."""
    return sum(
        bisect_left(moments, stretch.end_ns) - bisect_right(moments, stretch.start_ns)
        for stretch in stretches
    )


def _collections(watched: _Watched) -> Collections:
    took: list[int] = []
    waited: list[float] = []
    starts = [stretch.start_ns for stretch in watched.stretches]
    for begun, done in watched.spans:
        place = bisect_right(starts, begun) - 1
        if place < 0 or begun >= watched.stretches[place].end_ns:
            place += 1  # it may have begun just before a stretch, and then waited for all of it
        if place == len(starts) or done < starts[place]:
            continue
        stretch = watched.stretches[place]
        if done >= stretch.end_ns:
            waited.append((stretch.end_ns - max(begun, stretch.start_ns)) / 1e6)
        elif begun < stretch.start_ns:
            continue
        took.append(done - begun)
    return Collections(
        began=len(took),
        ended=len(took) - len(waited),
        took_ms=median(took) / 1e6 if took else None,
        rest_ms=median(done - begun for begun, done in watched.spans if done < watched.rested_ns) / 1e6,
        waited_ms=max(waited, default=0.0),
    )
