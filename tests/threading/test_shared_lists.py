"""Lists that other threads change while a native function has them."""

import sys
import threading
import time

import pytest

from gil import Timeline, double_list

pytestmark = pytest.mark.thread_unsafe(reason="starts threads of its own")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
# The longer ones are for a machine so loaded that another thread came too late. What is asserted of one of
# them comes about in none of them where the list is read, or the place for the result looked up, too early.
PHASES = (0.05, 0.3, 3)
# D6: D3 and D4 once more with a thread switch wherever one is possible. Without a GIL nobody switches.
INTERVALS = [None, 1e-6] if GIL else [None]


@pytest.fixture(params=INTERVALS, ids=lambda interval: f"switch-{interval}" if interval else "default")
def switch_interval(request):
    before = sys.getswitchinterval()
    if request.param:
        sys.setswitchinterval(request.param)
    yield
    sys.setswitchinterval(before)


@pytest.mark.claim("D1", "1f")
def test_list_grown_while_detached_is_seen(run_concurrently, wait_for):
    """The list is read after the detached phase, so what was appended meanwhile is doubled as well."""

    def doubled(phase):
        nums, result, timeline = [1, 2, 3], [None], Timeline()

        def grow():
            wait_for(timeline, "detached")
            nums.append(4)

        options = {"detached": phase, "attached": 0, "timeline": timeline}
        run_concurrently(lambda: double_list(nums, result, 0, **options), grow)
        return result

    assert [[2, 4, 6, 8]] in map(doubled, PHASES)


@pytest.mark.claim("D2")
def test_result_cleared_while_detached_is_an_index_error(run_concurrently, wait_for):
    """The place in `result` is looked up again at the end; if it has gone, nothing is written."""

    def shortened(phase):
        nums, result, timeline = [1, 2, 3], ["a", "b"], Timeline()

        def shorten():
            wait_for(timeline, "detached")
            result.pop()

        options = {"detached": phase, "attached": 0, "timeline": timeline}
        try:
            run_concurrently(lambda: double_list(nums, result, 1, **options), shorten)
        except IndexError as error:
            return str(error), nums, result

    assert ("list assignment index out of range", [1, 2, 3], ["a"]) in map(shortened, PHASES)


@pytest.mark.claim("D2")
def test_a_thread_keeps_its_error_to_itself(wait_for, monkeypatch):
    """`Thread(target=double_list)` tells nobody but `threading.excepthook`; `join` is silent."""

    def cleared(phase):
        seen, result, timeline = [], [None], Timeline()
        monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_type))
        options = {"detached": phase, "attached": 0, "timeline": timeline}
        thread = threading.Thread(target=double_list, args=([1], result, 0), kwargs=options)
        thread.start()
        wait_for(timeline, "detached")
        result.clear()
        thread.join()
        return seen, result

    assert ([IndexError], []) in map(cleared, PHASES)


SIZE = 200


READERS = 3


class Rewriting:
    """A list that some threads change and others double, for 0.1 s and until all have done something."""

    def __init__(self, run_concurrently):
        self.run_concurrently = run_concurrently
        begun = time.monotonic()
        self.nums, self.earliest, self.latest = [1] * SIZE, begun + 0.1, begun + 20
        self.rounds, self.finished = 0, []

    def change(self, once):
        while len(self.finished) < READERS and time.monotonic() < self.latest:
            once()
            self.rounds += 1  # of two threads that count at once one may lose, and still it changes

    def double(self, enough):
        """Double the list until enough was seen and it was changed meanwhile; return what was seen."""
        result, seen, changes = [None], set(), set()
        while (now := time.monotonic()) < self.latest:
            if now > self.earliest and enough(seen) and len(changes) > 1:
                break
            double_list(self.nums, result, 0, detached=0, attached=0)
            seen.add((len(result[0]), *sorted(set(result[0]))))
            changes.add(self.rounds)
        self.finished.append(seen)
        assert len(changes) > 1, "nobody changed the list meanwhile"
        return seen

    def seen(self, *changes, enough):
        """Return what the readers saw: each result's length and values."""
        changing = [lambda once=once: self.change(once) for once in changes]
        seen = self.run_concurrently(*changing, *[lambda: self.double(enough)] * READERS)
        return set().union(*seen[len(changes) :])


@pytest.fixture
def rewriting(run_concurrently):
    return Rewriting(run_concurrently)


@pytest.mark.claim("D3", "D6", "3d")
def test_list_rewritten_all_the_time(switch_interval, rewriting):
    """A list that others rewrite at once gives its old or its new items; mixed ones only without a GIL."""
    whole = {(SIZE, 2), (SIZE, 4)}

    def rewrite():
        for item in (1, 2):
            rewriting.nums[:] = [item] * SIZE

    seen = rewriting.seen(rewrite, enough=whole.issubset)
    assert whole <= seen <= whole | (set() if GIL else {(SIZE, 2, 4)})


@pytest.mark.claim("D3", "D6")
def test_list_shrunk_and_grown_all_the_time(switch_interval, rewriting):
    """Between `pop` and `append` of others an item is missing; nothing worse happens to the one who reads."""

    def shrink_and_grow():
        rewriting.nums.append(rewriting.nums.pop())

    seen = rewriting.seen(shrink_and_grow, shrink_and_grow, enough=bool)
    assert seen <= {(SIZE - missing, 2) for missing in range(3)}


@pytest.mark.claim("D4", "D6", "3d")
def test_one_result_many_writers(switch_interval, run_concurrently):
    """Sixteen threads that write to places of their own in one list do not disturb each other."""
    result = [None] * 16

    def write(place):
        for step in range(20):
            double_list([place, step], result, place, detached=0, attached=0)
            assert result[place] == [2 * place, 2 * step]

    run_concurrently(*(lambda place=place: write(place) for place in range(16)))
    assert result == [[2 * place, 38] for place in range(16)]
