"""Lengths that Python code tells are not to be trusted: what `list()` does with them is right."""

import sys

import pytest

import gil

# In a process of its own: where a length is believed, it aborts. Both sides are asked for the same.
COMPARE = """
import sys
from collections.abc import Sequence
import gil

class Told(Sequence):
    def __init__(self, length): self.length = length
    def __len__(self):
        if isinstance(self.length, BaseException): raise self.length
        return self.length
    def __getitem__(self, position):
        if position < 3: return position
        raise IndexError

def outcome(function, values):
    try: return function(values)
    except BaseException as error: return type(error).__name__, str(error)

lengths = [
    0, 1, 1000, 2**45, 2**59, 2**60, sys.maxsize, 2**63, -1, "x",
    TypeError("no"), ValueError("no"), LookupError("no"), KeyboardInterrupt("no"),
]
functions = gil.make_list, gil.convert, gil.sort_detached, lambda values: gil.map_threads(int, values)
for values in [range(2**59), range(2**60), *map(Told, lengths)]:
    expected = outcome(list, values)
    for number, function in enumerate(functions):
        if (seen := outcome(function, values)) != expected:
            print(getattr(values, "length", values), number, seen, "not", expected)
print("compared", outcome(list, Told(2**60))[0])
"""


def test_told_lengths_do_what_list_does(run_python):
    """Too long ones are a MemoryError, lies are found out by iterating, and nothing panics or aborts."""
    ran = run_python("-c", COMPARE)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "compared MemoryError\n", "")


@pytest.mark.parametrize("function", [gil.convert, gil.sort_detached])
def test_a_list_that_its_items_change_is_read_as_it_was(function):
    """An item's own code gets no hold of what is being read."""

    class Item:
        def __index__(self):
            values.clear()
            return 7

    values = [3, Item(), 5]
    assert sorted(function(values)) == [3, 5, 7]
    assert values == []


@pytest.mark.parametrize("function", [gil.convert, gil.sort_detached])
def test_an_overflow_of_an_items_own_passes(function):
    class Item:
        def __index__(self):
            raise OverflowError("mine")

    with pytest.raises(OverflowError, match=r"^mine$"):
        function([1, Item()])


def test_a_list_that_another_thread_changes_is_read_as_it_was_at_some_moment(run_concurrently):
    """It is cut off and grows again meanwhile; what is read is a beginning of it."""
    values = list(range(1000))

    def change():
        for _ in range(300):
            del values[:]
            values.extend(range(1000))

    def read():
        for _ in range(300):
            seen = gil.convert(values)
            assert seen == list(range(len(seen)))

    run_concurrently(change, read)


# What does not end, and what is real but for which there is no memory.
LIMITED = """
import itertools, resource, sys
from collections.abc import Sequence
import gil

class Endless(Sequence):
    def __len__(self): return 0
    def __getitem__(self, position): return 1
    def __iter__(self): return one

one = itertools.repeat(1)
real, text = [1] * 4_000_000, "x" * 30_000_000
with open("/proc/self/statm") as file: pages = int(file.read().split()[0])
limit = pages * resource.getpagesize() + 20_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
calls = [
    lambda: gil.make_list(one),
    lambda: gil.map_threads(abs, one),
    lambda: gil.convert(Endless()),
    lambda: gil.sort_detached(Endless()),
    lambda: gil.convert(real),
    lambda: gil.sort_detached(real),
    lambda: gil.Timeline().mark(text),
]
for number, call in enumerate(calls):
    try: call()
    except MemoryError: continue
    print("no MemoryError:", number)
print(gil.convert([1, 2]), gil.make_list("ab"))
"""


@pytest.mark.lane_independent
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how many pages a process has")
def test_no_memory_is_an_error_and_no_abort(run_python):
    """Rust's own collections would end the process."""
    # A free-threaded build reserves a gigabyte of addresses, which it would have to fill first.
    ran = run_python("-c", LIMITED, MIMALLOC_ARENA_RESERVE="0")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "[1, 2] ['a', 'b']\n", "")
