"""The claims of posts.toml that the tests of no single function prove."""

import gc
import sys
import threading
import time
import weakref

import pytest

import gil

pytestmark = pytest.mark.thread_unsafe(reason="starts threads of its own")


class Thing:
    pass


@pytest.mark.claim("F2", "0e")
def test_nothing_leaks():
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


@pytest.mark.claim("C3", "0h")
def test_a_call_is_interrupted_by_other_threads(run_concurrently):
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


@pytest.mark.claim("3b")
def test_the_gil_can_be_off_since_3_13():
    """Interpreters know of a GIL that may be off since 3.13, and not since 3.12."""
    assert hasattr(sys, "_is_gil_enabled") is (sys.version_info >= (3, 13))
