"""What the events of one thread add up to: phases of being attached, detached, or waiting to attach.

An event is a fact, true at one moment. A phase is a conclusion from two of them: what the earlier one says
holds until the later one. After ``exit`` nothing is known until the thread's next event, so there is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gil import Event

State = Literal["attached", "detached", "waiting"]


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a thread's time; ``waiting`` is waiting to be attached."""

    state: State
    start_ns: int
    """Nanoseconds of ``time.perf_counter_ns()``; the phase includes its start and not its end."""
    end_ns: int
    inferred: bool = False
    """Whether the state comes from what is known of ``time.sleep``, not from the thread state."""

    @property
    def duration_ns(self) -> int:
        """How long it took; never 0."""
        return self.end_ns - self.start_ns


def by_thread(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Return the events of each thread, keyed by its ident, in order of first appearance."""
    threads: dict[int, list[Event]] = {}
    for event in events:
        threads.setdefault(event.thread, []).append(event)
    return threads


def phases(events: Iterable[Event], *, asked_ns: int | None = None) -> list[Phase]:
    """Return the phases of one thread, oldest first, none of them empty, equal neighbours joined.

    Python code cannot look at itself while ``time.sleep`` has it detached. It marks ``sleep`` before and
    ``woke`` after, attached both times; what lies between is inferred: detached for ``asked_ns``, the time
    asked of the sleep, and then waiting. Without ``asked_ns`` it is all detached, the wait included.

    Between two other marks of Python code, ``attached`` is what both of them saw: the interpreter may have
    let other threads run in between.

    Raises:
        ValueError: the events are of more than one thread.

    """
    events = list(events)
    if len(by_thread(events)) > 1:
        raise ValueError("phases are those of one thread, and these events are of several")
    found: list[Phase] = []
    for before, after in pairwise(events):
        for phase in _between(before, after, asked_ns):
            if phase.duration_ns == 0:
                continue
            if found and _continues(found[-1], phase):
                phase = Phase(phase.state, found.pop().start_ns, phase.end_ns, phase.inferred)  # noqa: PLW2901
            found.append(phase)
    return found


def _between(before: Event, after: Event, asked_ns: int | None) -> Iterator[Phase]:
    start, end = before.ns, after.ns
    if before.label == "exit":
        return
    if (before.label, after.label) == ("sleep", "woke"):
        due = end if asked_ns is None else min(start + asked_ns, end)
        yield Phase("detached", start, due, inferred=True)
        yield Phase("waiting", due, end, inferred=True)
    elif before.attached:
        # Also from `detach`, about to detach, to `detached`: in between it was attached last.
        yield Phase("attached", start, end)
    else:
        yield Phase("waiting" if before.label == "attach" else "detached", start, end)


def _continues(earlier: Phase, later: Phase) -> bool:
    return (
        earlier.end_ns == later.start_ns
        and earlier.state == later.state
        and earlier.inferred == later.inferred
    )
