"""Events in, phases out: pure, so any number of threads may run these at once."""

from dataclasses import FrozenInstanceError, dataclass

import pytest

import gil
from gil.lesson.phases import Phase, by_thread, phases

pytestmark = pytest.mark.lane_independent


@dataclass
class Seen:
    # gil.Event is made by native code only.
    ns: int
    label: str
    attached: bool = True
    thread: int = 1


DETACH = [Seen(10, "detach"), Seen(11, "detached", False), Seen(50, "attach", False), Seen(70, "attached")]


def spans(events, **options):
    return [(phase.state, phase.start_ns, phase.end_ns) for phase in phases(events, **options)]


def test_native_call():
    assert spans([Seen(0, "enter"), *DETACH, Seen(72, "acquire"), Seen(90, "exit")]) == [
        ("attached", 0, 11),
        ("detached", 11, 50),
        ("waiting", 50, 70),
        ("attached", 70, 90),
    ]


def test_nothing_is_inferred_from_native_events():
    assert not any(phase.inferred for phase in phases(DETACH))


@pytest.mark.parametrize("events", [[], [Seen(5, "mine")], [Seen(5, "exit")]])
def test_fewer_than_two_events_make_no_phase(events):
    assert phases(events) == []


def test_marks_alone_are_one_attached_phase():
    assert spans([Seen(1, "a"), Seen(5, "b"), Seen(9, "c")]) == [("attached", 1, 9)]


def test_marks_in_between_do_not_split_a_phase():
    events = [Seen(0, "enter"), Seen(3, "mine"), *DETACH, Seen(75, "mine"), Seen(90, "exit")]
    assert [state for state, *_ in spans(events)] == ["attached", "detached", "waiting", "attached"]


def test_a_mark_cannot_pretend_to_be_detached():
    assert spans([Seen(0, "detached"), Seen(4, "attach"), Seen(9, "attached")]) == [("attached", 0, 9)]


def test_slices_of_the_main_thread():
    events = [Seen(0, "enter")]
    for start in (100, 200, 300):
        events += [
            Seen(start, "detach"),
            Seen(start + 1, "detached", False),
            Seen(start + 50, "attach", False),
            Seen(start + 60, "attached"),
        ]
    events.append(Seen(400, "exit"))
    assert spans(events) == [
        ("attached", 0, 101), ("detached", 101, 150), ("waiting", 150, 160),
        ("attached", 160, 201), ("detached", 201, 250), ("waiting", 250, 260),
        ("attached", 260, 301), ("detached", 301, 350), ("waiting", 350, 360),
        ("attached", 360, 400),
    ]  # fmt: skip


def test_nothing_is_known_between_two_calls():
    events = [Seen(0, "enter"), Seen(10, "exit"), Seen(500, "enter"), Seen(510, "exit")]
    assert spans(events) == [("attached", 0, 10), ("attached", 500, 510)]


def test_empty_phases_are_left_out_and_their_neighbours_joined():
    events = [Seen(0, "enter"), Seen(5, "detached", False), Seen(5, "attach", False), Seen(5, "attached")]
    assert spans([*events, Seen(9, "exit")]) == [("attached", 0, 9)]


def test_a_panic_leaves_the_detached_phase_open_to_the_exit():
    assert spans([Seen(0, "detach"), Seen(1, "detached", False), Seen(9, "exit")]) == [
        ("attached", 0, 1),
        ("detached", 1, 9),
    ]


def test_sleep_is_detached_and_then_waiting_by_inference():
    events = [Seen(0, "enter"), Seen(1, "sleep"), Seen(100, "woke"), Seen(101, "exit")]
    assert phases(events, asked_ns=60) == [
        Phase("attached", 0, 1),
        Phase("detached", 1, 61, inferred=True),
        Phase("waiting", 61, 100, inferred=True),
        Phase("attached", 100, 101),
    ]


@pytest.mark.parametrize("asked_ns", [None, 9, 100])
def test_sleep_without_a_known_wait_is_all_detached(asked_ns):
    events = [Seen(1, "sleep"), Seen(10, "woke")]
    assert phases(events, asked_ns=asked_ns) == [Phase("detached", 1, 10, inferred=True)]


def test_sleep_with_a_fact_inside_is_not_inferred():
    events = [Seen(1, "sleep"), Seen(5, "mine"), Seen(9, "woke")]
    assert phases(events, asked_ns=3) == [Phase("attached", 1, 9)]


def test_several_threads_are_refused():
    with pytest.raises(ValueError, match="of one thread"):
        phases([Seen(0, "enter"), Seen(1, "enter", thread=2)])


def test_by_thread_keeps_order():
    first, second, third = Seen(0, "a", thread=7), Seen(1, "b", thread=3), Seen(2, "c", thread=7)
    threads = by_thread([first, second, third])
    assert list(threads.items()) == [(7, [first, third]), (3, [second])]


def test_phase_is_frozen():
    phase = Phase("attached", 1, 4)
    assert phase.duration_ns == 3
    with pytest.raises(FrozenInstanceError):
        phase.start_ns = 2


def test_a_real_timeline():
    timeline = gil.Timeline()
    gil.release(0.02, timeline=timeline)
    timeline.mark("mine")
    events = timeline.events()
    found = phases(events)
    assert [phase.state for phase in found[:3]] == ["attached", "detached", "waiting"]
    assert found[0].start_ns == events[0].ns
    # Less of it is detached on a busy machine: the 20 ms begin before that.
    assert sum(phase.duration_ns for phase in found) >= 20_000_000
