"""The verdict on a call, from what was seen of it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gil.instruments.probe.batch import knocks_within
from gil.instruments.probe.result import Kind
from gil.instruments.probe.words import duration, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gil.instruments.probe.batch import Batch, Knock

# Less is said in words, not by the verdict.
WORTH_NAMING = 0.01
# A call is too short for a detach and attach that take more than a tenth of its time.
WORTH_DETACHING = 10
# With fewer samples the interval is half as wide as all there is.
_FEWEST = 10
# Time that a call has left after a knock, in switch intervals: less does not show whether it gives way.
_LEFT_TO_GIVE_WAY = 4
# Without a GIL there is no such interval: a thread is asked at once, and only a busy machine takes time.
_SHORTEST_LEFT_NS = 20_000_000
# Knocks have to wait for so long together.
_IN_VAIN_NS = 150_000_000
# A call that gives way has work to do after that; one that does not gives way, if at all, with its last step.
_WORK_LEFT = 0.1
# And it gives way in the first half of the time: on a busy machine the sampler may miss the rest.
_SOON = 0.5


@dataclass(frozen=True)
class Facts:
    """What the verdict stands on; see ``Probe``."""

    name: str
    gil_enabled: bool
    attached_share: float
    samples: int
    releases: int
    call_ns: float
    detach_ns: float
    longest_wait_ms: float | None
    off_processor_share: float | None
    gives_way: bool | None
    """Whether knocks were answered before the call's end; None if too few were made long enough before it."""


def gives_way(batches: Sequence[Batch]) -> bool | None:
    """Return whether calls give way before they end if they are asked to; None if that is not known.

    One knock that came to its turn while there was work left is proof that they do. A busy machine may keep
    any knock from that, so it takes some waiting in vain to believe that they do not.
    """
    waited = 0
    for knock, batch in knocks_within(batches):
        if batch.ended_ns - knock.asked_ns < time_to_answer_ns():
            continue
        if _is_answered(knock, batch):
            return True
        waited += knock.got_ns - knock.asked_ns
    return False if waited >= _IN_VAIN_NS else None


def _is_answered(knock: Knock, batch: Batch) -> bool:
    waited, left = knock.got_ns - knock.asked_ns, batch.ended_ns - knock.asked_ns
    if waited > _SOON * left:
        return False
    return batch.attached_after_ns(knock.left_ns) >= _WORK_LEFT * batch.took_ns


def time_to_answer_ns() -> float:
    """Return how long before the end of a call a knock has to come to tell anything, in nanoseconds."""
    return max(_LEFT_TO_GIVE_WAY * sys.getswitchinterval() * 1e9, _SHORTEST_LEFT_NS)


def judge(facts: Facts) -> tuple[Kind, str, tuple[str, ...]]:
    """Return the verdict, its sentence, and sentences about what is uncertain."""
    kind = _kind(facts)
    notes = []
    if kind in {Kind.HOLDS, Kind.ATTACHED} and facts.gives_way is None:
        notes.append(
            "No other thread asked for its turn for long enough to know whether the call gives way, as Python"
            " code does."
        )
    released = 1 - facts.attached_share
    if kind not in {Kind.LETS_GO, Kind.DETACHED} and facts.releases:
        times = "once" if facts.releases == 1 else f"{facts.releases} times"
        notes.append(f"It was seen to detach {times}, for {percent(released)} of its time.")
    if kind in {Kind.LETS_GO, Kind.DETACHED} and facts.call_ns < WORTH_DETACHING * facts.detach_ns:
        notes.append(
            f"A call takes {duration(facts.call_ns)}; a detach and attach, {duration(facts.detach_ns)} on"
            " this machine, are a good part of it."
        )
    return kind, _sentence(kind, facts), tuple(notes)


def _kind(facts: Facts) -> Kind:
    if math.isnan(facts.attached_share) or facts.samples < _FEWEST:
        return Kind.UNKNOWN
    if 1 - facts.attached_share >= WORTH_NAMING:
        return Kind.LETS_GO if facts.gil_enabled else Kind.DETACHED
    if facts.call_ns < WORTH_DETACHING * facts.detach_ns:
        return Kind.TOO_SHORT
    if facts.gives_way:
        return Kind.ONLY_WHEN_ASKED if facts.gil_enabled else Kind.STOPS_WHEN_ASKED
    if not facts.gil_enabled:
        return Kind.ATTACHED
    return Kind.HOLDS if facts.gives_way is None else Kind.NEVER_LETS_GO


def _sentence(kind: Kind, facts: Facts) -> str:
    released = percent(1 - facts.attached_share)
    waited = "" if facts.longest_wait_ms is None else duration(facts.longest_wait_ms * 1e6)
    call, cost = duration(facts.call_ns), duration(facts.detach_ns)
    wait = f"; a stop of the world would wait up to {waited}" if waited else ""
    off = facts.off_processor_share or 0
    if off >= WORTH_NAMING:
        wait += f"; it waits off the processor (locks, sleep, I/O) for {percent(off)}"
    texts = {
        Kind.LETS_GO: f"lets go of the GIL for {released} of its time",
        Kind.ONLY_WHEN_ASKED: "lets go of the GIL only when asked (pure Python): another thread waited up to"
        f" {waited}",
        Kind.HOLDS: f"does not let go of the GIL by itself: it keeps it for {call}",
        Kind.NEVER_LETS_GO: f"never lets go of the GIL: other threads wait for the end of the call, {call}",
        Kind.DETACHED: f"is detached for {released} of its time{wait}",
        Kind.STOPS_WHEN_ASKED: "is attached, but stops when asked (pure Python): a stop of the world waited"
        f" up to {waited}",
        Kind.ATTACHED: f"is attached throughout: a stop of the world would wait for its end, up to {call}",
        Kind.TOO_SHORT: f"is too short to be worth detaching: a call takes {call}, a detach and attach {cost}"
        " on this machine",
        Kind.UNKNOWN: f"could not be measured: {facts.samples} samples of calls of {call} are too few",
    }
    return f"{facts.name} {texts[kind]}."
