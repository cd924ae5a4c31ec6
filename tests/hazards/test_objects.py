"""Objects that other threads use meanwhile: each hazard fails, or shows a mixture, and its cure does not."""

import sys
import threading
import time
import weakref

import gil_hazards
import pytest
from gil_hazards import AtomicTally, BorrowedTally

pytestmark = pytest.mark.thread_unsafe(reason="starts threads of its own")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


def error_of(function):
    try:
        function()
    except RuntimeError as error:
        return [str(error)]
    return []


def test_mutable_self_over_a_detach_fails_others():
    """While `&mut self` is detached, no other call can borrow it, not even to read; with a GIL too."""

    def refused(ms):
        tally = BorrowedTally()
        thread = threading.Thread(target=error_of, args=(lambda: tally.add(ms),))
        thread.start()
        found = []
        while thread.is_alive() and not found:
            time.sleep(0.001)
            found = error_of(lambda: tally.total)
        found += error_of(lambda: tally.add(0))
        thread.join()
        return found, tally.total

    # Again, for reading borrows, too: without a GIL the thread may be the one that is refused. And longer,
    # for a machine so loaded that the first was over too early.
    assert (["Already mutably borrowed", "Already borrowed"], 1) in map(refused, (400, 4000))


def test_frozen_class_with_an_atomic_counts_all(run_concurrently):
    """A frozen class lets everyone in, and what is inside keeps count."""
    tally = AtomicTally()
    run_concurrently(*[lambda: [tally.add(1) for _ in range(20)]] * 4)
    assert tally.total == 80


@pytest.fixture
def growths(repeat_append):
    """Say of several sections how many items each saw the list grow by."""

    def seen(section):
        with repeat_append() as items:
            for _ in range(20):
                before, after = section(items, 50)
                yield after - before

    return seen


@pytest.fixture
def repeat_append():
    class Appending:
        def __enter__(self):
            self.items, self.stop = [], threading.Event()
            self.thread = threading.Thread(target=self.append, daemon=True)
            self.thread.start()
            while not self.items:
                time.sleep(0.001)
            return self.items

        def append(self):
            while not self.stop.wait(0.001):
                self.items.append(None)

        def __exit__(self, *_):
            self.stop.set()
            self.thread.join(30)

    return Appending


@pytest.mark.claim("G4")
def test_detaching_suspends_a_critical_section(growths):
    """Others append to the list although a critical section has it: the detach has given that away."""
    assert any(growths(gil_hazards.section_detached))


@pytest.mark.claim("G4")
def test_staying_attached_keeps_a_critical_section(growths):
    """Others wait: without a GIL for the section, with one for the GIL."""
    assert not any(growths(gil_hazards.section_attached))


SIZE = 200


@pytest.fixture
def sums(run_concurrently):
    """Add up again and again what another thread sets to all ones or all twos; return the sums seen."""

    def seen(function, enough):
        items, found, end = [1] * SIZE, set(), time.monotonic() + 20

        def rewrite():
            while not enough(found) and time.monotonic() < end:
                for item in (1, 2):
                    items[:] = [item] * SIZE

        def add_up():
            while not enough(found) and time.monotonic() < end:
                found.add(function(items))

        run_concurrently(rewrite, add_up)
        return found

    return seen


WHOLE = {SIZE, 2 * SIZE}


def after(seconds):
    end = time.monotonic() + seconds
    return lambda found: time.monotonic() > end


@pytest.mark.claim("0m")
def test_list_changed_while_iterated(sums):
    """With a GIL the items are all of one moment; without, some sum is of two, but never of anything else."""
    found = sums(gil_hazards.sum_items, after(0.1) if GIL else lambda found: found - WHOLE)
    if GIL:
        assert found <= WHOLE
    else:
        assert found - WHOLE
        assert min(found) >= SIZE
        assert max(found) <= 2 * SIZE


@pytest.mark.claim("0m")
def test_snapshot_of_a_list_is_of_one_moment(sums):
    """A copy taken in one step is whole everywhere."""
    assert sums(gil_hazards.sum_snapshot, after(0.1)) <= WHOLE


class Thing:
    pass


@pytest.mark.claim("F1", "0d")
def test_dropped_while_detached_lives_until_somebody_attaches():
    """The last reference goes on a thread that never attaches, the object at the next call into PyO3."""
    thing = Thing()
    alive = weakref.ref(thing)
    gil_hazards.drop_detached(thing)
    del thing
    assert alive()
    gil_hazards.sum_items([])
    assert not alive()


@pytest.mark.claim("F1", "0d")
def test_dropped_while_attached_is_gone():
    """A thread that attaches to drop it leaves nothing behind."""
    thing = Thing()
    alive = weakref.ref(thing)
    gil_hazards.drop_attached(thing)
    del thing
    assert not alive()


@pytest.mark.claim("E5", "0r", "1b")
def test_panic_while_detached_is_no_exception(capfd):
    """A panic arrives attached, as a `PanicException`, which `except Exception` does not catch."""
    with pytest.raises(BaseException, match=r"^boom while detached$") as caught:
        gil_hazards.panic_detached()
    assert (caught.type.__module__, caught.type.__name__) == ("pyo3_runtime", "PanicException")
    assert not issubclass(caught.type, Exception)
    assert "boom while detached" in capfd.readouterr().err
    assert gil_hazards.sum_items([1, 2]) == 3


@pytest.mark.claim("E5", "0r")
def test_error_while_detached_is_an_exception(capfd):
    """An error that is returned instead is an ordinary exception, and prints nothing."""
    with pytest.raises(RuntimeError, match=r"^boom while detached$"):
        gil_hazards.fail_detached()
    assert capfd.readouterr() == ("", "")
