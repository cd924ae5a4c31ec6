"""What a measured share says of the share that a test asks for: yes, no, or not known."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Literal

from gil.instruments.probe.share import without_waits
from gil.instruments.probe.words import percent

if TYPE_CHECKING:
    from gil.testing.evidence import Evidence

Property = Literal["releases", "holds"]

# The interval is one of 95 %: of a few looks that see the same by chance it is in the wrong place.
_FEWEST_LOOKS = 40


class NotMeasuredError(AssertionError):
    """Whether a call releases the GIL, or keeps it, could not be measured, and so the test fails."""


def required(name: str, share: object) -> float:
    """Return ``share``, a number of which a measurement can say whether a call reaches it.

    Raises:
        TypeError: it is no number.
        ValueError: it is not above 0 and below 1. Every call reaches 0, and no measurement can prove 1.

    """
    if isinstance(share, bool) or not isinstance(share, numbers.Real):
        raise TypeError(f"{name} must be a number, got {type(share).__name__}")
    number = float(share)
    if not 0 < number < 1:
        raise ValueError(f"{name} must be above 0 and below 1, as no measurement proves all, got {number:g}")
    return number


def judge(
    wanted: Property, at_least: float, name: str, evidence: Evidence | None, *, interfered: bool = False
) -> None:
    """Raise an AssertionError unless the share asked for is reached, for sure.

    Raises:
        AssertionError: it is not, for sure.
        NotMeasuredError: too little was seen; or the interval in which the true share lies has both; or the
            share is not reached, and would perhaps be on a machine with nothing else to do; or the call was
            detached, and ``interfered`` says that other threads may have caused it.

    """
    __tracebackhide__ = True
    if evidence is None:
        raise NotMeasuredError(f"Could not be measured: nothing was seen of {name}, which was over too soon.")
    shown = "\n".join(["", *evidence.lines()])
    if evidence.samples < _FEWEST_LOOKS:
        few = f"there were only {evidence.samples} looks at {name}"
        raise NotMeasuredError(f"Could not be measured: {few}, let it last longer.{shown}")
    low, high = evidence.confidence
    least, most = without_waits(low, high, evidence.waited_share)
    if wanted == "releases":
        low, high, most = 1 - high, 1 - low, 1 - least
    does = "was detached" if wanted == "releases" else "was attached"
    found = f"{name} {does} for {evidence.share_of(attached=wanted == 'holds')}"
    asked_for = f"at least {percent(at_least)}"
    if low < at_least <= high:
        why = f"whether that is {asked_for} takes more looks to tell"
        raise NotMeasuredError(f"Could not be measured: {found}; {why}.{shown}")
    reached = low >= at_least
    if interfered and reached == (wanted == "releases"):
        why = "other Python threads were busy, and it may have let go of the GIL because they asked for it"
        raise NotMeasuredError(f"Could not be measured: {found}; {why}.{shown}")
    if not reached and most >= at_least:
        why = f"a busy machine let it wait for a processor for {percent(evidence.waited_share)} of its time"
        raise NotMeasuredError(f"Could not be measured: {found}; {why}.{shown}")
    if not reached:
        raise AssertionError(f"{found}; {asked_for} was asked for.{shown}")
