"""What a probe found out about one call."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

NOT_WRITTEN = ("value", "spans", "spans_calls")


class Kind(StrEnum):
    """What a call does to the GIL or, where there is none, to what stops the world."""

    LETS_GO = "lets go"
    """With a GIL: detached for a part of its time, without being asked."""
    ONLY_WHEN_ASKED = "lets go only when asked"
    """With a GIL: as Python code does, after the switch interval, if another thread waits."""
    HOLDS = "does not let go by itself"
    """With a GIL: attached throughout; nobody asked for long enough to know whether it lets go then."""
    NEVER_LETS_GO = "never lets go"
    """With a GIL: not even when asked."""
    DETACHED = "detached"
    """Without a GIL: detached for a part of its time, so that a stop of the world need not wait."""
    STOPS_WHEN_ASKED = "stops when asked"
    """Without a GIL: attached, and at safe points soon, as Python code is."""
    ATTACHED = "attached"
    """Without a GIL: attached throughout, and a stop of the world waits for the end of the call."""
    TOO_SHORT = "too short to be worth detaching"
    """Not detached, and not worth it: detaching and attaching would take a good part of the call's time."""
    UNKNOWN = "could not be measured"


@dataclass(frozen=True)
class Probe:
    """What ``gil.probe()`` found out about one call."""

    name: str
    """What was called."""
    verdict: Kind
    sentence: str
    """The verdict in words, with the figures on which it stands."""
    gil_enabled: bool
    attached_share: float
    """For what share of its time the calling thread was attached, 0 to 1; NaN if nothing was seen."""
    confidence: tuple[float, float]
    """Where that share lies, at 95 % (``gil.instruments.probe.share`` says how)."""
    longest_attached_ms: float
    """The longest time attached in one go that was seen, at most the time of one call."""
    line: str | None
    """A line of Python that ran in it, as ``file:number in function``; None if that is not known."""
    releases: int
    """How often the thread was seen to let go, apart from when this probe asked it to."""
    samples: int
    calls: int
    """How often the function was called in all."""
    call_ms: float
    """How long one call took: the mean."""
    method: str
    """How the samples were taken; ``switch interval`` where the thread's state cannot be read."""
    knocks: int
    """How often another thread asked for its turn: with a GIL to attach, without to stop the world."""
    longest_wait_ms: float | None
    """How long the longest of these waited, at most the longest time attached; None if there were none."""
    off_processor_share: float | None
    """For what share of its time the call waited off the processor (locks, sleep, I/O); None if not known."""
    detach_us: float
    """What a detach and an attach cost on this machine if nobody else wants the GIL."""
    waited_share: float = 0.0
    """For what share of its time the call waited for a processor, unless ``confidence`` allows for that."""
    notes: tuple[str, ...] = ()
    """Sentences about what these figures leave out."""
    value: Any = field(default=None, repr=False, hash=False)
    """What the first call returned."""
    spans: tuple[tuple[int, int, bool], ...] = field(default=(), repr=False)
    """When the first call was attached and when not: ``(start_ns, end_ns, attached)``.

    Of a call so short that nobody looked at the first, these are the spans of several in a row.
    """
    spans_calls: int = field(default=1, repr=False)
    """Of how many calls they are."""

    def __str__(self) -> str:
        return self.sentence

    @property
    def released_share(self) -> float:
        """For what share of its time the calling thread was detached."""
        return 1 - self.attached_share

    @property
    def released_confidence(self) -> tuple[float, float]:
        """Where that share lies, at 95 %."""
        low, high = self.confidence
        return 1 - high, 1 - low

    def as_json(self) -> dict[str, Any]:
        """Return all but the value and the spans, as ``json.dumps`` takes it; NaN becomes None."""
        written = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in NOT_WRITTEN}
        share = None if math.isnan(self.attached_share) else self.attached_share
        return {
            **written,
            "verdict": str(self.verdict),
            "attached_share": share,
            "confidence": list(self.confidence),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Probe:
        """Return the probe that ``as_json`` has written, without value and spans.

        Raises:
            ValueError: ``written`` is nothing of the kind.

        """
        try:
            low, high = written["confidence"]
            share = written["attached_share"]
            changed = {
                "verdict": Kind(written["verdict"]),
                "attached_share": math.nan if share is None else share,
                "confidence": (low, high),
                "notes": tuple(written["notes"]),
            }
            return cls(**{**written, **changed})
        except (KeyError, TypeError) as error:
            raise ValueError(f"no result of a probe: {error}") from None
