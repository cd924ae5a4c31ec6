"""The attached share of a call's time, and how far to trust it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# 95 % of a normal distribution lie within so many standard deviations.
_Z = 1.959964
# With fewer batches their scatter tells too little.
_BATCHES = 5
# Where the thread waited for a processor for more than this part of the time, what was seen is the machine.
_MOSTLY = 0.9


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1, and the interval that has it at 95 %."""

    value: float
    low: float
    high: float
    waited: float = 0.0
    """For what part of the time the thread waited for a processor, unless the interval allows for that."""

    @property
    def half_width(self) -> float:
        """Return how far the value may be off."""
        return max(self.value - self.low, self.high - self.value)


@dataclass(frozen=True)
class Measured:
    """The attached share of some calls, how long they took, and how many samples that stands on."""

    share: float
    took_ns: int
    samples: int
    waited_ns: int = 0
    """For how long of that the thread waited for a processor."""


def share(batches: Sequence[Measured]) -> Share:
    """Return the attached share of the time that the calls of all batches took.

    Samples that follow each other are correlated, as a call is attached and detached for a while each. Two
    intervals allow for that, and the wider of them counts:

    - Wilson's for a proportion. The times between samples are distributed exponentially, so that the samples
      lie in a call like points thrown at random: each hits an attached moment with the probability that is
      asked for, whatever its neighbour hit.
    - Student's t over the batches, each of which is calls of its own: that has what differs from call to
      call, and what comes from a busy machine.

    On a busy machine a thread waits for a processor, and is attached or detached meanwhile as it happens. In
    many batches that comes out even, and is part of their scatter. In few, or where the thread did little
    but wait, it does not: without these waits the calls would have been attached for as long as was seen, if
    all of them were detached, or for as long less the waits, if all were attached. Then the interval has
    both.

    Raises:
        ValueError: there are no samples.

    """
    samples = sum(batch.samples for batch in batches)
    if not samples:
        raise ValueError("no samples")
    took = sum(batch.took_ns for batch in batches)
    value = sum(batch.share * batch.took_ns for batch in batches) / took
    low, high = _wilson(value, samples)
    if len(batches) >= _BATCHES:
        reach = _t(len(batches) - 1) * _standard_error(batches, value)
        low, high = min(low, value - reach), max(high, value + reach)
    low, high = max(low, 0.0), min(high, 1.0)
    waited = sum(batch.waited_ns for batch in batches) / took
    if waited and (len(batches) < _BATCHES or waited > _MOSTLY):
        return Share(value, *without_waits(low, high, waited))
    return Share(value, low, high, waited)


def without_waits(low: float, high: float, waited: float) -> tuple[float, float]:
    """Return where a share lies if the time is left out in which the thread waited for a processor.

    The share of all time lies between ``low`` and ``high``, and the thread ``waited`` for that part of the
    time, attached or detached.
    """
    if waited >= 1:
        return 0.0, 1.0
    return max((low - waited) / (1 - waited), 0.0), min(high / (1 - waited), 1.0)


def _wilson(value: float, samples: int) -> tuple[float, float]:
    weight = _Z**2 / samples
    middle = (value + weight / 2) / (1 + weight)
    reach = _Z * math.sqrt(value * (1 - value) / samples + weight / samples / 4) / (1 + weight)
    # Not beyond the value itself, by what a float cannot hold.
    return min(middle - reach, value), max(middle + reach, value)


def _standard_error(batches: Sequence[Measured], value: float) -> float:
    """Return that of a ratio of two sums (time attached, time) over batches of different lengths."""
    count = len(batches)
    took = sum(batch.took_ns for batch in batches)
    squares = sum((batch.took_ns * (batch.share - value)) ** 2 for batch in batches)
    return math.sqrt(squares * count / (count - 1)) / took


def _t(degrees: int) -> float:
    """Return Student's two-sided 95 % quantile, by Fisher's expansion: to 0.01 from 4 degrees on."""
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )
