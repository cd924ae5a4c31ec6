"""`convert` of lists: those of nothing but ints are read where they stand, all others are copied first."""

import gc
import itertools
import sys
import threading
import time

import pytest

import gil

LEAST, MOST = -(2**63), 2**63 - 1


class Loud(int):
    """An int whose own `__index__` must not be asked: `PyLong_AsLongLong` takes its value."""

    def __index__(self):
        raise LookupError("asked")


@pytest.mark.parametrize(
    "values", [[], [-1], [0], [LEAST, -1, 0, 1, MOST], [True, 2], [Loud(7), 8], [*range(-1000, 1000)]]
)
def test_every_value_comes_back(values):
    converted = gil.convert(values)
    assert converted == values
    assert type(converted) is list
    assert {*map(type, converted)} <= {int}


@pytest.mark.parametrize("beyond", [MOST + 1, LEAST - 1, 10**100])
@pytest.mark.parametrize("others", [[], [1], [-1, None]])
@pytest.mark.lane_independent
def test_what_does_not_fit_is_told_wherever_it_stands(beyond, others):
    for values in ([beyond, *others], [*others[:1], beyond]):
        with pytest.raises(OverflowError, match=r"too (large|big)"):
            gil.convert(values)


@pytest.mark.parametrize("left", [[], [1, 2, 3, 9]])
def test_an_item_that_changes_its_list_is_read_with_the_list_as_it_was(left):
    class Changing:
        def __index__(self):
            values[:] = left
            return 7

    values = [1, Changing(), Changing(), 3]
    assert gil.convert(values) == [1, 7, 7, 3]
    assert values == left


def test_a_subclass_of_list_is_asked_for_its_items():
    class Other(list):
        def __iter__(self):
            return iter([4, 5])

    assert gil.convert(Other([1, 2, 3])) == [4, 5]


@pytest.mark.thread_unsafe(reason="looks at the objects of all threads")
def test_references_and_the_view_are_given_back():
    """Neither the items nor what the list is made with stays alive."""
    item = 10**15
    before = sys.getrefcount(item)
    for _ in range(100):
        gil.convert([item] * 3)
        with pytest.raises(TypeError):
            gil.convert([item, None])
    assert sys.getrefcount(item) == before
    # Not isinstance: an object that is no memoryview may run code when asked for its class.
    assert not [seen for seen in gc.get_objects() if type(seen) is memoryview and seen.format == "q"]


@pytest.mark.thread_unsafe(reason="makes threads of its own")
def test_a_list_that_other_threads_change_is_read_whole(run_concurrently):
    """Each item is one that some thread has put there, and nothing but a list comes back."""
    values = [*range(1_000)]
    over = threading.Event()

    def change():
        while not over.is_set():
            values[:] = range(10**6, 10**6 + 500)
            values.extend(range(2 * 10**6, 2 * 10**6 + 1_000))
            del values[::2]

    known = {*range(1_000), *range(10**6, 10**6 + 500), *range(2 * 10**6, 2 * 10**6 + 1_000)}
    lengths = set()

    def read():
        try:
            end = time.monotonic() + 20  # a loaded machine may keep both others waiting
            for calls in itertools.count():
                if (calls >= 500 and len(lengths) > 1) or time.monotonic() > end:
                    break
                converted = gil.convert(values)
                assert known.issuperset(converted)
                lengths.add(len(converted))
        finally:
            over.set()

    run_concurrently(change, change, read)
    assert len(lengths) > 1, "nothing changed the list meanwhile"
