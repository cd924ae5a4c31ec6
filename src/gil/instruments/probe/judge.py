"""The verdict on a call, from what was seen of it."""

from __future__ import annotations

import math
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gil.instruments.probe.batch import knocks_within
from gil.instruments.probe.result import Kind
from gil.instruments.probe.words import duration, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gil.instruments.probe.batch import Batch

# Less is said in words, not by the verdict.
WORTH_NAMING = 0.01
# A call is too short for a detach and attach that take more than a tenth of its time.
WORTH_DETACHING = 10
# Time that a call has left after a knock, in switch intervals: one that gives way when asked does so in the
# first quarter of it, and one that does not, at its end.
_LEFT_TO_GIVE_WAY = 4
# Without a GIL there is no such interval: a thread is asked at once, and only a busy machine takes time.
_SHORTEST_LEFT_NS = 20_000_000


@dataclass(frozen=True)
class Facts:
    """What the verdict stands on; see ``Probe``."""

    name: str
    gil_enabled: bool
    attached_share: float
    releases: int
    call_ns: float
    detach_ns: float
    longest_wait_ms: float | None
    off_processor_share: float | None
    gives_way: bool | None
    """Whether knocks were answered before the call's end; None if there was none long enough before it."""


def gives_way(batches: Sequence[Batch]) -> bool | None:
    """Return whether a call gives way before it ends if it is asked to; None if nobody asked in time."""
    shares = [
        (knock.got_ns - knock.asked_ns) / left
        for knock, batch in knocks_within(batches)
        if (left := batch.ended_ns - knock.asked_ns) >= time_to_answer_ns()
    ]
    return statistics.median(shares) < 1 / 2 if shares else None


def time_to_answer_ns() -> float:
    """Return how long before the end of a call a knock has to come to tell anything, in nanoseconds."""
    return max(_LEFT_TO_GIVE_WAY * sys.getswitchinterval() * 1e9, _SHORTEST_LEFT_NS)


def judge(facts: Facts) -> tuple[Kind, str, tuple[str, ...]]:
    """Return the verdict, its sentence, and sentences about what is uncertain."""
    kind = _kind(facts)
    notes = []
    if kind in {Kind.NEVER_LETS_GO, Kind.ATTACHED} and facts.gives_way is None:
        notes.append(
            "No other thread asked for its turn meanwhile: it is not known whether the call would give way,"
            " as Python code does."
        )
    released = 1 - facts.attached_share
    if kind not in {Kind.LETS_GO, Kind.DETACHED} and facts.releases:
        notes.append(f"It was seen to detach {facts.releases} times, for {percent(released)} of its time.")
    if kind in {Kind.LETS_GO, Kind.DETACHED} and facts.call_ns < WORTH_DETACHING * facts.detach_ns:
        notes.append(
            f"A call takes {duration(facts.call_ns)}; a detach and attach, {duration(facts.detach_ns)} on"
            " this machine, are a good part of it."
        )
    return kind, _sentence(kind, facts), tuple(notes)


def _kind(facts: Facts) -> Kind:
    if math.isnan(facts.attached_share):
        return Kind.UNKNOWN
    if 1 - facts.attached_share >= WORTH_NAMING:
        return Kind.LETS_GO if facts.gil_enabled else Kind.DETACHED
    if facts.call_ns < WORTH_DETACHING * facts.detach_ns:
        return Kind.TOO_SHORT
    if facts.gives_way:
        return Kind.ONLY_WHEN_ASKED if facts.gil_enabled else Kind.STOPS_WHEN_ASKED
    return Kind.NEVER_LETS_GO if facts.gil_enabled else Kind.ATTACHED


def _sentence(kind: Kind, facts: Facts) -> str:
    released = percent(1 - facts.attached_share)
    waited = "" if facts.longest_wait_ms is None else duration(facts.longest_wait_ms * 1e6)
    call = duration(facts.call_ns)
    match kind:
        case Kind.LETS_GO:
            text = f"lets go of the GIL for {released} of its time."
        case Kind.ONLY_WHEN_ASKED:
            text = f"lets go of the GIL only when asked (pure Python): another thread waited up to {waited}."
        case Kind.NEVER_LETS_GO:
            text = f"never lets go of the GIL: other threads wait for the end of the call, {call}."
        case Kind.DETACHED:
            text = f"is detached for {released} of its time"
            text += f"; a stop of the world would wait up to {waited}" if waited else ""
            if (off := facts.off_processor_share or 0) >= WORTH_NAMING:
                text += f"; it waits off the processor (locks, sleep, I/O) for {percent(off)}"
            text += "."
        case Kind.STOPS_WHEN_ASKED:
            text = (
                f"is attached, but stops when asked (pure Python): a stop of the world waited up to {waited}."
            )
        case Kind.ATTACHED:
            text = f"is attached throughout: a stop of the world would wait for its end, up to {call}."
        case Kind.TOO_SHORT:
            text = (
                f"is too short to be worth detaching: a call takes {call}, a detach and attach"
                f" {duration(facts.detach_ns)} on this machine."
            )
        case Kind.UNKNOWN:
            text = f"could not be measured: a call takes {call}, and nothing was seen of it."
    return f"{facts.name} {text}"
