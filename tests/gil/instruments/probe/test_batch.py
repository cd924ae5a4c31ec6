"""What calls in a row show, against samplers and knockers made for the test."""

import dataclasses
import sys
import time
from types import SimpleNamespace

import pytest

from gil.instruments.probe import batch
from gil.instruments.probe.batch import Batch, Knock, Watchers, call_often, call_once

pytestmark = pytest.mark.lane_independent


def seen(spans, **changed):
    of = {"samples": 100, "attached": 60, "releases": 7, "longest_ns": 40, "missed": 0, "spans_left_out": 0}
    of |= {"start_ns": 0, "end_ns": 1000}
    return SimpleNamespace(**of | changed, spans=lambda: list(spans))


def calls(spans, *knocks, count=1, took=1000, **changed):
    return Batch(count, 0, took, took, 0, seen(spans, **changed), tuple(Knock(*each) for each in knocks))


def test_spans_have_no_gaps_and_are_of_the_calls_only():
    found = calls([(-200, 300, True), (320, 500, False), (540, 1200, True)])
    assert found.spans == ((0, 310, True), (310, 520, False), (520, 1000, True))


def test_what_ended_before_the_calls_is_left_out():
    found = calls([(-200, -100, False), (-90, 400, True), (400, 1300, False), (1300, 1400, True)])
    assert found.spans == ((0, 400, True), (400, 1000, False))


def test_a_batch_has_its_part_of_the_samples():
    assert calls([(0, 1, True)], samples=100, took=250).looks == 25
    assert calls([(0, 1, True)], samples=100, took=2000).looks == 100


def test_samples_that_were_only_due_do_not_count():
    assert calls([(0, 1, True)], samples=100, missed=30).looks == 70
    assert calls([(0, 1, True)], samples=100).looks == 100


def test_a_moment_counts_as_often_as_it_is_long():
    """However seldom a busy machine lets the sampler look while the thread is attached."""
    found = calls([(0, 500, True), (500, 1000, False)], samples=100, attached=10)
    assert found.attached_share == 0.5


def test_the_samples_count_where_changes_were_left_out():
    found = calls([(0, 1, True)], spans_left_out=5000)
    assert found.spans == ()
    assert found.attached_share == 0.6
    assert found.releases == 7


def test_time_attached_after_a_moment():
    found = calls([(0, 200, True), (200, 600, False), (600, 1000, True)])
    assert found.attached_after_ns(100) == 500
    assert found.attached_after_ns(700) == 300
    assert calls([]).attached_after_ns(700) == 300


SPANS = [(0, 480, True), (480, 500, False), (500, 1000, True)]


def test_giving_way_to_a_knock_is_no_letting_go():
    assert calls(SPANS).releases == 1
    asked = calls(SPANS, (430, 481, 490))
    assert asked.releases == 0
    assert asked.attached_share == 1


def test_a_knock_that_need_not_wait_asked_for_nothing():
    asked = dataclasses.replace(calls(SPANS, (430, 481, 490)), patience_ns=51)
    assert asked.releases == 1
    assert dataclasses.replace(asked, patience_ns=50).releases == 0


@pytest.mark.parametrize(("late", "releases"), [(49, 1), (50, 0)])
def test_what_comes_long_after_a_knock_is_not_due_to_it(monkeypatch, late, releases):
    monkeypatch.setattr(batch, "_LATE_NS", late)
    assert calls(SPANS, (430, 481, 490)).releases == releases


def test_what_lasts_long_after_a_knock_is_not_due_to_it(monkeypatch):
    monkeypatch.setattr(batch, "_LATE_NS", 60)
    found = calls([(0, 480, True), (480, 700, False), (700, 1000, True)], (430, 481, 490))
    assert found.attached_share == 0.78


def test_giving_way_after_the_call_is_not_of_the_call():
    """The caller is Python code, and gives way before it asks for the time."""
    spans = [(0, 900, True), (900, 1000, False)]
    assert calls(spans, (100, 910, 911)).attached_share == 1
    assert calls(spans, (100, 890, 891)).attached_share == 1  # seen late
    assert calls(spans).attached_share == 0.9


def test_a_call_that_lets_go_by_itself_need_not_be_asked():
    found = calls([(0, 100, True), (100, 150, False), (150, 480, True), *SPANS[1:]], (430, 481, 490))
    assert found.releases == 2
    assert found.attached_share == 0.93


def test_what_began_before_a_knock_is_not_due_to_it():
    """A call that lets go for less than half of its time, during which others come and go."""
    found = calls([(0, 600, True), (600, 1000, False)], (650, 650, 651), (700, 700, 701))
    assert found.attached_share == 0.6


def test_a_knock_changes_nothing_about_a_call_that_lets_go_itself():
    found = calls([(0, 100, True), (100, 1000, False)], (430, 481, 490))
    assert found.releases == 1
    assert found.attached_share == 0.1


def test_the_longest_time_attached_is_at_most_a_call():
    """Calls of a loop without Python code follow each other without a gap."""
    assert calls([(0, 1000, True)], count=10).longest_attached_ns == 100
    assert calls([(0, 400, True), (400, 1000, False)]).longest_attached_ns == 400


class Watcher:
    def __init__(self, result):
        self.result, self.stopped = result, 0

    def stop(self):
        self.stopped += 1
        return self.result


@pytest.fixture
def watching():
    sampler, knocker = Watcher(seen([])), Watcher([(1, 2, 3)])
    return SimpleNamespace(
        sampler=sampler, knocker=knocker, watchers=Watchers(lambda: sampler, lambda: knocker)
    )


def test_calls_once_with_all_arguments(watching):
    found = call_once(lambda *args, **kwargs: (args, kwargs), (1, 2), {"three": 3}, watching.watchers)
    assert found.value == ((1, 2), {"three": 3})
    assert (found.calls, found.knocks) == (1, (Knock(1, 2, 3),))
    assert found.seen is watching.sampler.result
    assert found.begun_ns <= found.ended_ns <= time.perf_counter_ns()


@pytest.mark.parametrize("batches", [1, 3])
def test_the_sampler_is_stopped_before_the_calls_can_give_way(batches):
    """In the same loop of native code: what is seen later would count for the end of the calls."""
    steps = []

    class Step:
        def __init__(self, name):
            self.name = name

        def __call__(self):
            steps.append(self.name)

    before = sys.getprofile()

    def profile(frame, event, argument):
        if event == "return" and frame.f_code is batch._loop.__code__:
            steps.append("left the loop")

    sys.setprofile(profile)
    try:
        call_often(Step("call"), (), {}, 2, batches, Watchers(lambda: SimpleNamespace(stop=Step("stop"))))
    finally:
        sys.setprofile(before)
    each = ["call", "call", "left the loop"]
    assert steps == [*each * (batches - 1), "call", "call", "stop", "left the loop"]


@pytest.mark.parametrize("kwargs", [{}, {"by": 2}])
def test_calls_as_often_as_asked(watching, kwargs):
    made = []

    def call(first, by=1):
        made.append((first, by))

    found = call_often(call, ("x",), kwargs, 5, 2, watching.watchers)
    assert made == [("x", kwargs.get("by", 1))] * 10
    assert [batch.calls for batch in found] == [5, 5]
    assert found[0].ended_ns <= found[1].begun_ns
    assert watching.sampler.stopped == 1


def failing(error):
    def call():
        raise error

    return call


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)], ids=repr)
@pytest.mark.parametrize("way", [call_once, call_often])
def test_what_a_call_raises_passes_through_and_nothing_watches_any_more(watching, error, way):
    with pytest.raises(type(error)) as raised:
        way(failing(error), (), {}, *([3, 2] if way is call_often else []), watching.watchers)
    assert raised.value is error
    assert (watching.sampler.stopped, watching.knocker.stopped) == (1, 1)


def test_a_loop_is_not_ended_by_the_calls_own_stop_iteration(watching):
    """As the loop itself is an iteration, that would be taken for fewer calls."""
    with pytest.raises(StopIteration):
        call_often(next, (iter([1, 2]),), {}, 5, 1, watching.watchers)
    with pytest.raises(StopIteration):
        call_once(next, (iter([]),), {}, watching.watchers)


def test_a_sampler_is_ended_if_the_knocker_cannot_begin(watching):
    def fail():
        raise RuntimeError("can't start new thread")

    with pytest.raises(RuntimeError, match="new thread"):
        call_once(len, ("",), {}, Watchers(lambda: watching.sampler, fail))
    assert watching.sampler.stopped in {0, 1}  # 0: it had not begun


def test_knocks_within_are_those_that_began_during_the_calls():
    one = calls([], (-1, 5, 6), (0, 5, 6), (999, 1005, 1006), (1000, 1005, 1006))
    assert [knock.asked_ns for knock, _ in batch.knocks_within([one])] == [0, 999]


def test_a_wait_for_a_processor_is_no_part_of_a_call(monkeypatch):
    waits = iter([10, 10**12])
    monkeypatch.setattr(batch, "ready_ns", lambda: next(waits))
    one = call_once(len, ((),), {}, Watchers(None))
    assert one.busy_ns >= 10**12 - 10
    assert (one.waited_ns, one.own_ns) == (one.took_ns, 0)


def test_a_wait_before_or_after_a_call_is_not_counted(monkeypatch, watching):
    """The thread waits for a processor while the watchers start, and while they end."""
    waited = [0]
    monkeypatch.setattr(batch, "ready_ns", lambda: waited[0])

    def starts():
        waited[0] += 10**9
        return watching.sampler

    def stops():
        waited[0] += 10**9
        return before()

    before, watching.sampler.stop = watching.sampler.stop, stops
    one = call_once(len, ((),), {}, Watchers(starts))
    assert waited == [2 * 10**9]
    assert (one.waited_ns, one.own_ns) == (0, one.took_ns)


def test_a_turn_of_whoever_knocks_is_no_part_of_a_call():
    """As if the machine let it run on only after a while; what the call does by itself counts."""
    spans = [(0, 200, True), (200, 700, False), (700, 900, True), (900, 1000, False)]
    assert calls(spans, (100, 650, 660)).own_ns == 1000 - 460
    assert calls(spans, (750, 760, 770)).own_ns == 1000
    assert calls(spans).own_ns == 1000
