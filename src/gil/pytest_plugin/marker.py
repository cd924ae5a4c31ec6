"""``@pytest.mark.gil(releases=0.9)``: what one call of a test does."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from gil import Sampler, ready_ns
from gil.testing.evidence import Evidence
from gil.testing.verdict import Property, judge, required

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERVAL = 1e-4
"""Seconds from one look to the next: a test is called only once, and may be short."""


@contextlib.contextmanager
def judging(marker: pytest.Mark, name: str) -> Iterator[None]:
    """Judge what the calling thread does in the block, unless that raises."""
    __tracebackhide__ = True
    try:
        wanted, at_least = _asked(marker)
    except (TypeError, ValueError) as error:
        raise pytest.fail.Exception(f"@pytest.mark.gil: {error}", pytrace=False) from None
    sampler = Sampler(_INTERVAL)
    ready = ready_ns()
    try:
        yield
    finally:
        ready = ready_ns() - ready
        samples = sampler.stop()
    try:
        judge(wanted, at_least, name, Evidence.of_one_call(samples, ready))
    except AssertionError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _asked(marker: pytest.Mark) -> tuple[Property, float]:
    wanted: Property
    for wanted in ("releases", "holds"):
        if not marker.args and {*marker.kwargs} == {wanted}:
            return wanted, required(wanted, marker.kwargs[wanted])
    raise TypeError("give it either releases=SHARE or holds=SHARE, and nothing else")
