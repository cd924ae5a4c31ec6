"""Whether a call lets go for as much of its time as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gil.instruments.probe.result import Kind
from gil.instruments.probe.words import percent

if TYPE_CHECKING:
    from gil.instruments.probe.result import Probe

HOLDS, HOLDS_NOT, UNKNOWN = 0, 1, 3


def releases(probe: Probe, share: float) -> tuple[int, str]:
    """Return whether a call is detached for at least ``share`` of its time, as an exit code and a sentence.

    It is, or is not, if the whole interval at 95 % says so; otherwise that could not be measured.
    """
    low, high = probe.released_confidence
    wanted = f"for at least {percent(share)} of its time"
    if probe.verdict == Kind.UNKNOWN:
        return UNKNOWN, (
            f"Whether {probe.name} lets go {wanted} could not be measured; --seconds gives it more time."
        )
    if low >= share:
        return HOLDS, f"{probe.name} lets go {wanted}."
    if high < share:
        return HOLDS_NOT, f"{probe.name} does not let go {wanted}, but for {percent(probe.released_share)}."
    return UNKNOWN, (
        f"Whether {probe.name} lets go {wanted} is too close to tell: it lies between {percent(low)} and"
        f" {percent(high)}; --seconds gives it more time."
    )
