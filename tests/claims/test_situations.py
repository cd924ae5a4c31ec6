"""The first post's six situations, each claim of it that no other test proves: see claims.toml."""

import collections
import gc
import math
import sys
import threading
import time
import weakref

import pytest

import gil

pytestmark = pytest.mark.thread_unsafe(reason="starts threads of its own")


@pytest.mark.claim("0b", "0l")
def test_threads_made_by_rust_attach_and_make_lists():
    """Calls from threads that Python does not know return what they would in one that it does."""
    here = threading.get_ident()
    made = gil.map_threads(lambda value: (threading.get_ident(), gil.make_list([value])), range(8), threads=2)
    assert [made for _, made in made] == [[value] for value in range(8)]
    assert here not in {ident for ident, _ in made}


class Thing:
    pass


@pytest.mark.claim("0e")
def test_f2_nothing_leaks():
    """Objects that went through a thousand calls die, at the latest in a garbage collection soon after."""
    things = [Thing() for _ in range(1000)]
    alive = weakref.WeakSet(things)
    for thing in things:
        gil.set_item({}, thing, gil.make_list([gil.call(lambda value: value, thing)]))
    gil.map_threads(gil.make_list, [[thing] for thing in things])
    assert len(alive) == 1000
    thing = None
    things.clear()
    deadline = time.monotonic() + 10
    # Without a GIL a reference may be given back only when another thread looks after it.
    while len(alive) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.001)
    assert len(alive) == 0


@pytest.mark.claim("0f")
def test_keys_set_by_many_threads_are_all_there(run_concurrently):
    """A dict that eight threads write to at once loses nothing."""
    found = {}

    def fill(thread):
        for key in range(1000):
            gil.set_item(found, (thread, key), key)

    run_concurrently(*(lambda thread=thread: fill(thread) for thread in range(8)))
    assert found == {(thread, key): key for thread in range(8) for key in range(1000)}


@pytest.mark.claim("0g")
def test_python_code_returns_and_raises_what_it_does():
    """`call` gives back the value and the exception, this very one, with where it comes from."""
    error = KeyError("why")

    def fail():
        raise error

    assert gil.call(divmod, 7, 2) == (3, 1)
    with pytest.raises(KeyError, match="why") as caught:
        gil.call(fail)
    assert caught.value is error
    assert caught.traceback[-1].name == "fail"


@pytest.mark.claim("0h")
def test_c3_a_call_is_interrupted_by_other_threads(run_concurrently):
    """Other threads run in the middle of a call into Python that neither sleeps nor waits; with a GIL too."""
    ticks, over = [], threading.Event()

    def tick():
        while not over.wait(0.001):
            ticks.append(None)

    def compute_until_interrupted():
        wanted, end = len(ticks) + 3, time.monotonic() + 20
        while len(ticks) < wanted and time.monotonic() < end:
            pass
        return len(ticks) >= wanted

    def call():
        try:
            return gil.call(compute_until_interrupted)
        finally:
            over.set()

    assert run_concurrently(tick, call) == [None, True]


@pytest.mark.claim("0i")
def test_source_text_runs(capfd):
    """The post's line prints what it says."""
    gil.run("print('Hello from Python')")
    sys.stdout.flush()
    assert capfd.readouterr().out == "Hello from Python\n"


@pytest.mark.claim("0j")
def test_imports_and_their_errors():
    """An import gives the interpreter's own objects, or Python's error."""
    assert gil.import_attr("math", "pi") is math.pi
    assert gil.import_attr("builtins", "None") is None
    assert gil.import_attr("collections", "OrderedDict") is collections.OrderedDict
    with pytest.raises(ModuleNotFoundError, match="No module named 'nope'"):
        gil.import_attr("nope", "x")


@pytest.mark.claim("0n")
def test_conversions_make_new_objects_or_refuse():
    """What goes to Rust and comes back is equal, and not the same."""
    numbers = [2**40, -1]
    assert gil.convert(numbers) == numbers
    assert gil.convert(numbers) is not numbers
    with pytest.raises(TypeError, match="Can't extract `str` to `Vec`"):
        gil.convert("12")
    with pytest.raises(TypeError, match="'set' object is not an instance of 'Sequence'"):
        gil.convert({1})


@pytest.mark.claim("0o")
def test_sorting_in_rust_needs_no_interpreter():
    """The sort is right, and done while the thread is not attached."""
    timeline = gil.Timeline()
    assert gil.sort_detached([3, 1, 2], timeline=timeline) == [1, 2, 3]
    assert [event.label for event in timeline if not event.attached] == ["detached", "attach"]


@pytest.mark.claim("3b")
def test_the_gil_can_be_off_since_3_13():
    """Interpreters know of a GIL that may be off since 3.13, and not since 3.12."""
    assert hasattr(sys, "_is_gil_enabled") is (sys.version_info >= (3, 13))
