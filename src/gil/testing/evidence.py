"""What was measured of a call, and how a failing test shows it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gil.instruments.probe.words import duration, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gil import Samples
    from gil.instruments.probe import Probe

Span = tuple[int, int, bool]

_WIDTH = 60
_LABEL = 10


@dataclass(frozen=True)
class Evidence:
    """For what share of its time a thread was attached, and by what one knows."""

    attached_share: float
    confidence: tuple[float, float]
    """Where that share lies, at 95 %."""
    longest_ms: float
    line: str | None
    """The line of Python that ran in the longest attached stretch, if that is known."""
    samples: int
    calls: int
    call_ms: float
    method: str
    spans: Sequence[Span]
    """Of the first call, or of several: ``(start_ns, end_ns, attached)``."""
    spans_calls: int = 1
    waited_share: float = 0.0
    """For what share of the time a busy machine let the thread wait, unless the interval allows for that."""

    @classmethod
    def of_calls(cls, probe: Probe) -> Evidence | None:
        """Return what a probe of several calls found, or None if it saw nothing."""
        if not probe.samples or math.isnan(probe.attached_share):
            return None
        return cls(
            probe.attached_share, probe.confidence, probe.longest_attached_ms, probe.line,
            probe.samples, probe.calls, probe.call_ms, probe.method, probe.spans, probe.spans_calls,
            probe.waited_share,
        )  # fmt: skip

    @classmethod
    def of_one_call(cls, samples: Samples, waited_ns: int) -> Evidence | None:
        """Return what a sampler saw of one call, or None if it never came to look.

        The call waited so long for a processor.
        """
        from gil.instruments.probe.share import Measured, share  # noqa: PLC0415

        # On a busy machine some looks are only due; those that were missed count as the nearest one.
        looks = samples.samples - samples.missed
        if looks < 1:
            return None
        took_ns = samples.end_ns - samples.start_ns
        found = share([Measured(samples.attached / samples.samples, took_ns, looks, min(waited_ns, took_ns))])
        return cls(
            found.value, (found.low, found.high), samples.longest_ns / 1e6, None, looks, 1,
            took_ns / 1e6, samples.method, samples.spans(),
        )  # fmt: skip

    def share_of(self, *, attached: bool) -> str:
        """Return the share with its interval, in words."""
        value, (low, high) = self.attached_share, self.confidence
        if not attached:
            value, low, high = 1 - value, 1 - high, 1 - low
        return f"{percent(value)} of its time (95 % confidence: {percent(low)} to {percent(high)})"

    def lines(self) -> Iterator[str]:
        """Yield what a failing test shows below its sentence."""
        times = "one call" if self.calls == 1 else f"{self.calls:,} calls"
        looked = f"{self.samples:,} looks at {times} of {duration(self.call_ms * 1e6)}, by {self.method}"
        yield _labelled("measured", looked)
        at = f", at {self.line}" if self.line else ""
        yield _labelled("longest", f"{duration(self.longest_ms * 1e6)} attached in one stretch{at}")
        if self.spans:
            drawn, legend = timeline(self.spans)
            several = "first call" if self.spans_calls == 1 else "calls"
            yield _labelled("call" if self.calls == 1 else several, drawn)
            yield _labelled("", legend)


def timeline(spans: Sequence[Span], width: int = _WIDTH) -> tuple[str, str]:
    """Return the spans drawn in one line, and what the characters mean."""
    from gil.lesson.phases import Phase  # noqa: PLC0415
    from gil.view.drawing import bar, glyphs_for  # noqa: PLC0415

    glyphs = glyphs_for(getattr(sys.__stdout__, "encoding", None) or "ascii")
    phases = [
        Phase("attached" if attached else "detached", start, end)
        for start, end, attached in spans
        if end > start
    ]
    if not phases:
        return "", "no time passed"
    start, end = phases[0].start_ns, phases[-1].end_ns
    drawn = "".join(" " if state is None else glyphs[state] for state in bar(phases, start, end, width))
    legend = f"{glyphs['attached']} attached  {glyphs['detached']} detached  ({duration(end - start)})"
    return drawn, legend


def _labelled(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}  {text}".rstrip()
