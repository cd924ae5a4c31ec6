"""Assertions on one function: it releases the GIL for most of its time, or it keeps it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gil.instruments.probe import measure
from gil.instruments.probe.measuring import PRECISION
from gil.testing.evidence import Evidence
from gil.testing.others import OtherThreads
from gil.testing.verdict import NotMeasuredError, Property, judge, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from gil.instruments.probe import Probe

# How often a call is measured that seems not to do what is asked for: on a busy machine a thread may wait for
# a processor attached.
_TIMES = 3


def assert_releases_gil(
    func: Callable[..., object],
    /,
    *args: object,
    at_least: float = 0.9,
    seconds: float = 1.0,
    **kwargs: object,
) -> Probe:
    """Fail unless ``func(*args, **kwargs)`` is detached for at least this share of its time.

    With a GIL other Python threads can run meanwhile; without one a stop of the world need not wait for the
    call. A short call is repeated, for up to ``seconds``; where it seems not to be detached, it is measured
    anew, twice at most. Returns what was measured last; its ``value`` is what the very first call returned.

    Raises:
        AssertionError: the share is smaller. The message has what was measured, and a timeline.
        NotMeasuredError: it could not be told whether it is; that is an AssertionError too.
        TypeError: ``func`` is not callable, or ``at_least`` no number.
        ValueError: ``at_least`` is not above 0 and below 1. What ``func`` raises passes through.

    """
    __tracebackhide__ = True
    measured = partial(measure, func, args, kwargs, seconds=seconds, knocks=False)
    return _judged("releases", _checked(func, at_least), measured)


def assert_holds_gil(
    func: Callable[..., object],
    /,
    *args: object,
    at_least: float = 0.9,
    seconds: float = 1.0,
    **kwargs: object,
) -> Probe:
    """Fail unless ``func(*args, **kwargs)`` is attached for at least this share of its time.

    With a GIL no other Python thread runs meanwhile, unless the call lets go when it is asked to, as Python
    code does; without one a stop of the world may have to wait. The rest is as in ``assert_releases_gil``.
    """
    __tracebackhide__ = True
    measured = partial(measure, func, args, kwargs, seconds=seconds, knocks=False)
    return _judged("holds", _checked(func, at_least), measured)


def _checked(func: object, at_least: object) -> float:
    __tracebackhide__ = True
    if not callable(func):
        raise TypeError(f"func must be callable, got {type(func).__name__}")
    return required("at_least", at_least)


def _judged(wanted: Property, at_least: float, measured: Callable[..., Probe]) -> Probe:
    __tracebackhide__ = True
    values: list[object] = []
    precision = PRECISION
    for left in reversed(range(_TIMES)):
        others = OtherThreads()
        probe = measured(precision=precision)
        values.append(probe.value)
        evidence = Evidence.of_calls(probe)
        interfered = others.may_have_taken_the_gil(probe)
        try:
            judge(wanted, at_least, probe.name, evidence, interfered=interfered)
        except AssertionError as error:
            if not left or interfered or evidence is None or evidence.calls == 1:
                raise
            if isinstance(error, NotMeasuredError):
                precision /= 2  # the interval is to be half as wide
        else:
            break
    return replace(probe, value=values[0])
