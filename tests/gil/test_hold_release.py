"""`hold` and `release` alone; what they do to other threads is in tests/threading."""

import math
import threading

import pytest

from gil import Timeline, hold, release

BOTH = pytest.mark.parametrize("sleep", [hold, release])


def labels(timeline):
    return [event.label for event in timeline]


def span(timeline):
    events = timeline.events()
    return (events[-1].ns - events[0].ns) / 1e9


@BOTH
@pytest.mark.parametrize("seconds", [0, -0.0, 1e-300, True * 0.01, 0.02])
def test_sleeps_as_long_as_asked(sleep, seconds):
    """A phase lasts at least its time, nothing is too short to ask for, and None comes back."""
    timeline = Timeline()
    assert sleep(seconds, timeline=timeline) is None
    assert span(timeline) >= seconds


@pytest.mark.claim("E3")
@BOTH
@pytest.mark.parametrize("seconds", [-1, -1e-9, math.nan, math.inf, -math.inf, 2.0**64, 1e300])
def test_bad_durations(sleep, seconds):
    """What is no duration is a ValueError that quotes it, before anything happens; never a panic."""
    timeline = Timeline()
    with pytest.raises(ValueError, match="seconds must be a number of seconds") as error:
        sleep(seconds, timeline=timeline)
    assert str(error.value).endswith(f", finite and not negative, got {float(seconds)}")
    assert len(timeline) == 0


@pytest.mark.claim("E1")
@BOTH
@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [
        (["1"], {}, TypeError, "must be real number, not str"),
        ([None], {}, TypeError, "must be real number, not NoneType"),
        ([10**400], {}, OverflowError, "int too large to convert to float"),
        ([], {}, TypeError, "missing 1 required positional argument: 'seconds'"),
        ([0, Timeline()], {}, TypeError, "takes 1 positional arguments but 2 were given"),
        ([0], {"timeline": 1}, TypeError, "'int' object is not an instance of 'Timeline'"),
        ([0], {"timelime": None}, TypeError, "unexpected keyword argument 'timelime'"),
    ],
)
def test_bad_arguments(sleep, arguments, options, error, text):
    """Arguments of the wrong type or number are refused in Python's own words."""
    with pytest.raises(error, match=text):
        sleep(*arguments, **options)


def test_hold_stays_attached():
    """`hold` has no event but its two ends, both attached."""
    timeline = Timeline()
    hold(0.01, timeline=timeline)
    assert [(event.label, event.attached) for event in timeline] == [("enter", True), ("exit", True)]


def test_release_detaches_once_outside_the_main_thread(run_concurrently):
    """Python runs signal handlers in the main thread only, so elsewhere the phase stays in one piece."""
    timeline = Timeline()
    run_concurrently(lambda: release(0.12, timeline=timeline))
    assert labels(timeline) == ["enter", "detach", "detached", "attach", "attached", "exit"]


@pytest.mark.thread_unsafe(reason="is about the main thread, and compares clocks")
def test_release_looks_up_in_the_main_thread():
    """In the main thread the phase is cut into slices of 50 ms, detached but for a moment in between.

    A busy machine makes slices and moments longer, so the shortest of several calls count. With slices twice
    as long, with a last slice that goes on after the end of the phase, or with a sleep attached between two,
    none is short enough.
    """
    assert threading.current_thread() is threading.main_thread()
    seconds, ms = 0.17, 1_000_000
    slices, gaps, calls = [], [], []
    for _ in range(30):
        timeline = Timeline()
        release(seconds, timeline=timeline)
        count = (len(timeline) - 2) // 4
        assert labels(timeline) == ["enter", *["detach", "detached", "attach", "attached"] * count, "exit"]
        ns = {label: [event.ns for event in timeline if event.label == label] for label in labels(timeline)}
        *mine, _ = (end - start for start, end in zip(ns["detached"], ns["attach"], strict=True))
        assert all(length >= 50 * ms for length in mine)
        slices += mine
        gaps += [end - start for start, end in zip(ns["attached"], ns["detach"][1:], strict=False)]
        calls.append(span(timeline))
        assert calls[-1] >= seconds
        if slices and min(slices) < 75 * ms and min(gaps) < 5 * ms and min(calls) < seconds + 0.02:
            break
    assert min(slices) < 75 * ms
    assert min(gaps) < 5 * ms
    assert min(calls) < seconds + 0.02
