"""The native `Timeline` and `Event`: a log that any number of threads write to at once."""

import sys
import threading
import time

import pytest

from gil import Event, Timeline, double_list, hold, release

DETACHED = ["detach", "detached", "attach", "attached"]
# Shared by all threads of pytest-run-parallel, and by all tests that a process runs.
SHARED = Timeline()
# How far apart Rust's and Python's clock may be: the time between the two readings that tied them, at import.
APART = 5_000_000


def run_double_list(timeline):
    double_list([1], [None], 0, detached=0, attached=0, timeline=timeline)


def run_failing_double_list(timeline):
    with pytest.raises(TypeError):
        double_list(["a"], [None], 0, detached=0, attached=0, timeline=timeline)


@pytest.mark.claim("J1")
@pytest.mark.parametrize(
    ("call", "labels"),
    [
        (lambda timeline: hold(0, timeline=timeline), ["enter", "exit"]),
        (lambda timeline: release(0, timeline=timeline), ["enter", *DETACHED, "exit"]),
        (run_double_list, ["enter", *DETACHED, "acquire", "exit"]),
        (run_failing_double_list, ["enter", *DETACHED, "exit"]),
    ],
    ids=["hold", "release", "double_list", "double_list-that-fails"],
)
def test_labels_of_a_call(call, labels):
    """Each call leaves its labels, in order, for its thread; attached is what the label says."""
    timeline = Timeline()
    call(timeline)
    events = timeline.events()
    assert [event.label for event in events] == labels
    assert {event.thread for event in events} == {threading.get_ident()}
    assert [event.ns for event in events] == sorted(event.ns for event in events)
    assert all(event.attached is (event.label not in {"detached", "attach"}) for event in events)


@pytest.mark.claim("J1")
def test_many_threads_one_timeline():
    """Each thread's marks are all there and in its order, time never falls, and a snapshot is a prefix."""
    me = threading.get_ident()
    first = len(SHARED)
    labels = [f"{me} {first} {step}" for step in range(50)]
    for label in labels:
        SHARED.mark(label)
        hold(0, timeline=SHARED)
    earlier, later = SHARED.events(), SHARED.events()
    mine = [event for event in later[first:] if event.thread == me]
    assert [event.label for event in mine] == [seen for label in labels for seen in (label, "enter", "exit")]
    assert [event.ns for event in later] == sorted(event.ns for event in later)
    assert later[: len(earlier)] == earlier


@pytest.mark.claim("J1")
def test_eight_writers_lose_nothing(run_concurrently):
    """Eight threads that start together write 8 times what one writes, and the log is in order of time."""
    timeline = Timeline()

    def write():
        for step in range(200):
            timeline.mark(str(step))
        return threading.get_ident()

    writers = run_concurrently(*[write] * 8)
    assert len(timeline) == 8 * 200
    assert [event.ns for event in timeline] == sorted(event.ns for event in timeline)
    for writer in writers:
        own = [event.label for event in timeline if event.thread == writer]
        assert own == [str(step) for step in range(200)]


coarse = pytest.mark.skipif(
    sys.platform == "win32" and sys.version_info < (3, 13), reason="this clock goes on every 16 ms here"
)
CLOCKS = [time.perf_counter_ns, pytest.param(time.monotonic_ns, marks=coarse)]


@pytest.mark.claim("J2")
@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: clock.__name__)
def test_clock_is_pythons(clock):
    """An event's time lies between two readings of Python's clock around it."""
    timeline = Timeline()
    before = clock()
    timeline.mark("now")
    hold(0.01, timeline=timeline)
    after = clock()
    assert all(before - APART <= event.ns <= after + APART for event in timeline)
    assert timeline.events()[-1].ns - timeline.events()[0].ns <= after - before


def test_mark_is_attached_and_of_this_thread():
    """Python code is attached, and `mark` says for whom it wrote."""
    timeline = Timeline()
    timeline.mark("hello")
    [event] = timeline
    assert (event.label, event.thread, event.attached) == ("hello", threading.get_ident(), True)


@pytest.mark.parametrize(
    "label", ["", "두 배", "it's", 'a\n"b"', "\0", pytest.param("x" * 100_000, id="long")]
)
def test_labels_are_any_text(label):
    """What was marked comes back, whatever it is, and is shown as Python shows it."""
    timeline = Timeline()
    timeline.mark(label)
    [event] = timeline
    assert event.label == label
    assert f", label={label!r}, " in repr(event)


@pytest.mark.claim("E1")
@pytest.mark.parametrize(
    ("label", "error"), [(1, TypeError), (None, TypeError), ("\ud800", UnicodeEncodeError)]
)
@pytest.mark.lane_independent
def test_bad_labels(label, error):
    """What is no text, or none that UTF-8 can write, is refused and leaves no event."""
    timeline = Timeline()
    with pytest.raises(error):
        timeline.mark(label)
    assert len(timeline) == 0


def test_snapshots_do_not_change():
    """A list of events and an iterator show the log as it was when they were made."""
    timeline = Timeline()
    timeline.mark("a")
    events, iterator = timeline.events(), iter(timeline)
    timeline.mark("b")
    assert [event.label for event in events] == [event.label for event in iterator] == ["a"]
    events.clear()
    assert [event.label for event in timeline] == ["a", "b"]
    assert len(timeline) == 2


def test_timeline_shows_its_size():
    """The repr counts, in English."""
    timeline = Timeline()
    assert repr(timeline) == "<Timeline: 0 events>"
    timeline.mark("a")
    assert repr(timeline) == "<Timeline: 1 event>"


def test_format_has_a_lane_for_each_thread(run_concurrently):
    """The table names the threads, counts milliseconds from the first event, and marks who was attached."""
    timeline = Timeline()
    release(0, timeline=timeline)
    [other] = run_concurrently(lambda: timeline.mark("other") or threading.get_ident())
    heading, *lines = timeline.format().splitlines()
    assert heading.split() == ["ms", "thread", str(threading.get_ident()), "thread", str(other)]
    assert [line.split()[1] for line in lines] == ["enter", *DETACHED, "exit", "other"]
    assert lines[0].split()[0] == "0.000"
    assert ["[ ]" in line for line in lines] == [not event.attached for event in timeline]
    assert lines[-1].index("other") == heading.index(f"thread {other}")


def test_format_of_nothing():
    """An empty log is a heading."""
    assert Timeline().format().split() == ["ms"]


def test_events_are_values():
    """Two copies of one event are equal and hash alike; an event tells what it is and cannot be changed."""
    timeline = Timeline()
    timeline.mark("a")
    [one], [two] = timeline, timeline
    assert one == two
    assert len({one, two}) == 1
    assert one != "a"
    assert repr(one) == f"Event(ns={one.ns}, thread={one.thread}, label='a', attached=True)"
    with pytest.raises(AttributeError, match="not writable"):
        one.ns = 0
    with pytest.raises(TypeError, match="cannot create"):
        Event()
