"""Figures as the sentences spell them."""

from __future__ import annotations

_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "us"))


def percent(share: float) -> str:
    """Return a share of 1 in percent, with a decimal where it is close to none or to all."""
    value = 100 * share
    if 0 < value < 0.1:  # noqa: PLR2004 - the last decimal
        return "less than 0.1 %"
    if 99.9 < value < 100:  # noqa: PLR2004
        return "more than 99.9 %"
    whole = value in {0, 100} or 10 <= value <= 90  # noqa: PLR2004
    return f"{value:.0f} %" if whole else f"{value:.1f} %"


def duration(ns: float) -> str:
    """Return a time in the largest unit of which it is at least one, with two digits or more."""
    for size, unit in _UNITS:
        if ns >= size:
            value = ns / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"  # noqa: PLR2004
    return f"{ns:.0f} ns"
