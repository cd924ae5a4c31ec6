"""`Sampler`: for what part of its time a thread is attached, held against loads that know it themselves."""

import math
import os
import sys
import threading
import time
from itertools import pairwise

import gil_hazards as hazards
import pytest

from gil import Sampler, hold

METHODS = {(3, 11): "current thread state", (3, 12): "proven offset"}

# Seconds a load; each is known to be attached for a share that it tells itself.
LOADS = {
    "sleep": (hazards.load_sleep, 0.03),
    "spin": (hazards.load_spin, 0.03),
    "compute detached": (hazards.load_compute_detached, 0.03),
    "10 ms": (lambda seconds: hazards.load_periodic(seconds, 0.01), 0.1),
    "1 ms": (lambda seconds: hazards.load_periodic(seconds, 0.001), 0.06),
    "0.1 ms": (lambda seconds: hazards.load_periodic(seconds, 0.0001), 0.06),
    "short releases": (hazards.load_short_releases, 0.03),
    "lock waits": (hazards.load_lock_waits, 0.06),
    "nested attach": (hazards.load_nested_attach, 0.1),
}
coarse = pytest.mark.skipif(os.name == "nt", reason="looks are as far apart here as its phases are long")


def sampled(call, *arguments, interval=1e-4):
    sampler = Sampler(interval)
    value = call(*arguments)
    return value, sampler.stop()


def share(seen):
    return seen.attached / seen.samples if seen.samples else math.nan


def test_the_method_is_the_one_of_this_version():
    sampler = Sampler()
    assert sampler.method == METHODS.get(sys.version_info[:2], "debug offsets")
    assert sampler.stop().method == sampler.method


@pytest.mark.claim("K1")
@pytest.mark.thread_unsafe(reason="other threads would take the processors, and looks with them")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[coarse] if name == "nested attach" else []) for name in LOADS]
)
def test_the_share_is_what_the_load_says(name):
    """A load that others disturb is longer; the truth is that of the same run."""
    load, seconds = LOADS[name]
    # On Windows looks are a millisecond apart or more and keep step with its clock a little. A share that is
    # wrong by less is not noticed there.
    margin = 0.1 if os.name == "nt" else 0.02
    off = []
    for times in (1, 4, 16):
        truth, seen = sampled(load, times * seconds)
        off.append(abs(share(seen) - truth))
        if seen.samples >= 100 and off[-1] < 4 * 0.5 / math.sqrt(seen.samples) + margin:
            return
    pytest.fail(f"off by {off}")


def test_what_it_saw_fits_together():
    for seconds in (0.05, 0.5, 5):  # a busy machine may look late, or keep the thread in one state for long
        before = time.perf_counter_ns()
        _, seen = sampled(hazards.load_periodic, seconds, 0.002)
        if seen.samples >= 100 and 0 < seen.attached < seen.samples:
            break
    spans = seen.spans()
    assert before < seen.start_ns == spans[0][0] < spans[-1][1] == seen.end_ns < time.perf_counter_ns()
    assert all(one[1] == other[0] and one[2] != other[2] for one, other in pairwise(spans))
    assert 0 < seen.attached < seen.samples
    assert seen.releases == sum(one[2] for one, _ in pairwise(spans))
    longest = max(((end - start, start) for start, end, attached in spans if attached))
    assert (seen.longest_ns, seen.longest_start_ns) == longest
    assert seen.spans_left_out == 0


@pytest.mark.claim("K2")
@pytest.mark.thread_unsafe(reason="has a thread beside it already")
def test_another_thread_being_attached_does_not_count(shortest):
    """With a GIL it is the other one that has it; without, each is attached or not by itself.

    A busy machine may let this thread wait for a processor attached, before its sleep or after it. If the
    other one counted, nearly all of the time would be attached, each time.
    """
    ready, done = threading.Event(), threading.Event()

    def keep():
        ready.set()
        while not done.is_set():
            hold(0.02)

    def attached():
        truth, seen = sampled(hazards.load_sleep, 0.05)
        return share(seen) if truth < 0.1 and seen.samples >= 20 else math.inf

    thread = threading.Thread(target=keep)
    thread.start()
    ready.wait()
    try:
        assert shortest(attached, below=0.4) < 0.4
    finally:
        done.set()
        thread.join()


def test_what_it_saw_is_a_value():
    sampler = Sampler(1e-3)
    seen = sampler.stop()
    assert sampler.stop() == seen
    assert hash(sampler.stop()) == hash(seen)
    assert repr(seen).startswith(f"Samples(method={seen.method!r}, start_ns={seen.start_ns}, ")


def test_stop_does_not_wait_for_the_next_look():
    seen = Sampler(1e9).stop()
    assert (seen.samples, seen.attached, seen.releases, seen.spans()) == (0, 0, 0, [])
    assert (seen.longest_ns, seen.longest_start_ns) == (0, 0)


def test_stop_by_other_threads(run_concurrently):
    """They see what the thread did that made it."""
    for seconds in (0.02, 0.2, 2):  # a busy machine may look late
        sampler = Sampler(1e-4)
        hold(seconds)
        first, *others = run_concurrently(*[sampler.stop] * 4)
        assert others == [first] * 3
        if first.attached:
            break
    assert first.attached


@pytest.mark.claim("K2")
def test_a_thread_that_ends_is_not_looked_at_any_more():
    """Its state is freed: what was seen until then is all that there is."""

    def work(made, seconds):
        made.extend(Sampler(1e-6) for _ in range(3))
        hold(seconds)

    for seconds in (0.001, 0.01, 0.1, 1):  # a busy machine may let a thread begin late
        made = []
        thread = threading.Thread(target=work, args=(made, seconds))
        thread.start()
        thread.join()
        ended = time.perf_counter_ns()
        time.sleep(0.01)
        seen = [sampler.stop() for sampler in made]
        assert all(one.start_ns < one.end_ns < ended for one in seen)
        if all(one.attached for one in seen):
            return
    pytest.fail(f"saw {seen}")


AT_EXIT = """
import gil, threading, time
kept = gil.Sampler(1e-6)
# It keeps names of its own alive, not those of this module.
exec("import gil, time\\ndef daemon():\\n    own = gil.Sampler(1e-6)\\n    time.sleep(60)", apart := {})
threading.Thread(target=apart["daemon"], daemon=True).start()
time.sleep(0.02)
class Late:
    def __del__(self):
        seen = self.sampler.stop()
        print("late", seen == self.sampler.stop(), flush=True)
late = Late()
late.sampler = gil.Sampler(1e-6)
time.sleep(0.02)
"""


@pytest.mark.child("-c", AT_EXIT)
def test_at_the_end_of_the_interpreter(child):
    """Threads that look are no reason for it to wait, to crash or to say anything."""
    assert (child.returncode, child.stdout, child.stderr) == (0, "late True\n", "")
