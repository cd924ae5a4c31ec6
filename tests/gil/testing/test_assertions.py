"""`assert_releases_gil` and `assert_holds_gil`."""

import functools
import math
import time
from dataclasses import replace

import pytest

import gil
from gil.testing import NotMeasuredError, assert_holds_gil, assert_releases_gil, assertions, verdict

measures = pytest.mark.thread_unsafe(reason="measures calls, which other threads delay")
BOTH = pytest.mark.parametrize("assertion", [assert_releases_gil, assert_holds_gil])


def measured(assertion, *arguments, **options):
    """Ask again while other threads, as those that wait for the processes of other tests, are in the way."""
    for _ in range(20):
        try:
            return assertion(*arguments, **options)
        except NotMeasuredError as error:
            unmeasured = error
    raise unmeasured


@measures
def test_a_call_that_releases():
    """It is repeated, and what was measured last is returned, with the value of the first call."""
    calls = []

    def count():
        gil.release(0.002)
        calls.append(None)
        return len(calls)

    def assertion():
        calls.clear()
        return assert_releases_gil(count, at_least=0.8, seconds=0.2)

    probe = measured(assertion)
    assert probe.value == 1
    assert 1 < probe.calls <= len(calls)  # more if it was measured anew, beside others
    assert probe.released_share > 0.8


@measures
def test_a_call_that_holds():
    """Keyword arguments are the function's."""
    probe = measured(assert_holds_gil, functools.partial(gil.hold), 0.002, timeline=None, seconds=0.2)
    assert probe.attached_share > 0.9


@measures
@pytest.mark.parametrize(
    ("assertion", "func", "was", "drawn"),
    [
        (assert_releases_gil, gil.hold, "gil._gil.hold was detached for ", "█#"),
        (assert_holds_gil, gil.release, "gil._gil.release was attached for ", "─-"),
    ],
    ids=["releases", "holds"],
)
def test_a_failure_shows_what_was_measured(assertion, func, was, drawn):
    """The share with its interval, the longest attached stretch, and a timeline of one call."""
    for length in (0.1, 0.3, 1):
        with pytest.raises(AssertionError) as raised:
            assertion(func, length, seconds=0.06)
        lines = str(raised.value).splitlines()
        if len(lines) == 5 and not isinstance(raised.value, NotMeasuredError):
            break  # else the machine was too busy to look at the first call
    assert type(raised.value) is AssertionError
    sentence, measured, longest, first, legend = lines
    assert sentence.startswith(was)
    assert " of its time (95 % confidence: " in sentence
    assert sentence.endswith("; at least 90 % was asked for.")
    assert " looks at " in measured
    assert longest.endswith(" attached in one stretch") or ".py:" in longest
    assert first.split()[0] in ("first", "call")
    assert sum(first.count(glyph) for glyph in drawn) > 50
    assert "attached" in legend


@BOTH
def test_what_the_call_raises_passes_through(assertion):
    with pytest.raises(ZeroDivisionError):
        assertion(lambda: 1 // 0)


@BOTH
@pytest.mark.thread_unsafe(reason="changes how many looks it takes")
def test_a_call_that_was_hardly_seen_does_not_pass(assertion, monkeypatch):
    """There is a sentence of its own, and no other."""
    monkeypatch.setattr(verdict, "_FEWEST_LOOKS", 10**9)
    with pytest.raises(NotMeasuredError, match=r"^Could not be measured: "):
        assertion(time.sleep, 0.001, seconds=0.01)


@pytest.mark.thread_unsafe(reason="replaces a function")
@pytest.mark.parametrize(
    ("attached", "precisions", "passes"),
    [
        ([0.5, 0.05], [0.02, 0.02], True),
        ([0.5, 0.5, 0.05], [0.02, 0.02, 0.02], True),
        ([0.5, 0.5, 0.5, 0.05], [0.02, 0.02, 0.02], False),
        ([0.1, 0.1, 0.05], [0.02, 0.01, 0.005], True),
        ([0.1, 0.5, 0.05], [0.02, 0.01, 0.01], True),
    ],
)
def test_a_call_that_does_not_release_is_measured_three_times(attached, precisions, passes, monkeypatch):
    """A busy machine may make it look so; what cannot be told is measured more exactly.

    The value is that of the very first call.
    """
    found = enumerate(attached)
    plain = assertions.measure(len, ((),), seconds=0.01)
    asked = []

    def measure(*_, precision, **__):
        asked.append(precision)
        number, share = next(found)
        return replace(
            plain,
            attached_share=share,
            confidence=(share - 0.01, share + 0.01),
            gil_enabled=False,
            samples=1000,
            calls=50,
            value=f"of measurement {number}",
        )

    monkeypatch.setattr(assertions, "measure", measure)
    if passes:
        probe = assert_releases_gil(len)
        assert (probe.attached_share, probe.value) == (0.05, "of measurement 0")
    else:
        with pytest.raises(AssertionError):
            assert_releases_gil(len)
    assert asked == precisions


@BOTH
@pytest.mark.parametrize("func", [None, 1, "time.sleep"])
@pytest.mark.lane_independent
def test_no_function(assertion, func):
    with pytest.raises(TypeError, match=f"^func must be callable, got {type(func).__name__}$"):
        assertion(func)
    with pytest.raises(TypeError, match=r"func"):
        assertion()


@BOTH
@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, 90, math.nan, math.inf])
@pytest.mark.lane_independent
def test_share_out_of_range(assertion, share):
    """Nothing is called."""
    with pytest.raises(ValueError, match=r"^at_least must be above 0 and below 1, "):
        assertion(pytest.fail, at_least=share)


@BOTH
@pytest.mark.parametrize("share", [None, "0.9", True, 1j])
@pytest.mark.lane_independent
def test_share_that_is_no_number(assertion, share):
    with pytest.raises(TypeError, match=r"^at_least must be a number, got "):
        assertion(pytest.fail, at_least=share)
