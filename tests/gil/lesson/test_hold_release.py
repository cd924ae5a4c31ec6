"""`hold` and `release` alone; what they do to other threads is in tests/threading."""

import math
import threading
import time

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
@pytest.mark.thread_unsafe(reason="compares clocks")
@BOTH
@pytest.mark.parametrize("thread", ["main", "another"])
def test_sleeps_no_longer_than_asked(sleep, thread, times_as_long, run_concurrently):
    """A phase is over when its time is, in the main thread and in others."""

    def lasts(seconds):
        timeline = Timeline()
        sleep(seconds, timeline=timeline)
        return span(timeline)

    if thread == "main":
        assert times_as_long(lasts) < 1.5
    else:
        (times,) = run_concurrently(lambda: times_as_long(lasts))
        assert times < 1.5


@pytest.mark.thread_unsafe(reason="keeps the GIL for long")
def test_waiting_to_attach_is_no_part_of_the_phase():
    """A main thread that looks for signals, and gets the GIL when its time is over, detaches once more."""
    timeline = Timeline()

    def hold_meanwhile():
        while len(timeline) < 3:  # enter, detach, detached
            time.sleep(0.001)
        hold(0.2)

    other = threading.Thread(target=hold_meanwhile)
    other.start()
    release(0.1, timeline=timeline)
    other.join()
    moments = {event.label: event.ns for event in timeline}  # of several, the last
    assert moments["attach"] - moments["enter"] >= 100_000_000


@BOTH
@pytest.mark.parametrize("seconds", [-1, -1e-9, math.nan, math.inf, -math.inf, 2.0**64, 1e300])
@pytest.mark.lane_independent
def test_bad_durations(sleep, seconds):
    """What is no duration is a ValueError that quotes it, before anything happens; never a panic."""
    timeline = Timeline()
    with pytest.raises(BaseException, match="seconds") as error:
        sleep(seconds, timeline=timeline)
    assert type(error.value) is ValueError
    assert str(error.value).startswith("seconds must be a number of seconds")
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
@pytest.mark.lane_independent
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
    as long, with a last one that is as long as the others, or with a sleep attached between two, none is
    short enough.
    """
    assert threading.current_thread() is threading.main_thread()
    seconds, ms = 0.17, 1_000_000
    slices, lasts, gaps = [], [], []
    for _ in range(30):
        timeline = Timeline()
        release(seconds, timeline=timeline)
        count = (len(timeline) - 2) // 4
        assert labels(timeline) == ["enter", *["detach", "detached", "attach", "attached"] * count, "exit"]
        ns = {label: [event.ns for event in timeline if event.label == label] for label in labels(timeline)}
        *mine, last = (end - start for start, end in zip(ns["detached"], ns["attach"], strict=True))
        assert all(length >= 50 * ms for length in mine)
        slices += mine
        lasts.append(last)
        gaps += [end - start for start, end in zip(ns["attached"], ns["detach"][1:], strict=False)]
        assert span(timeline) >= seconds
        if slices and min(slices) < 75 * ms and min(lasts) < 45 * ms and min(gaps) < 5 * ms:
            break
    assert min(slices) < 75 * ms
    assert min(gaps) < 5 * ms
    assert min(lasts) < 45 * ms
