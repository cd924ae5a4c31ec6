"""What holding and releasing the GIL does to the other threads, seen from those threads.

All moments are of one clock. What is said of their order is exact where it can be, whatever the load of the
machine: while one thread is attached, from one event to another, a GIL lets no other do anything in between.
"""

import ctypes
import gc
import itertools
import sys
import sysconfig
import time

import pytest

from gil import Timeline, double_list, hold, release

pytestmark = pytest.mark.thread_unsafe(reason="starts threads of its own and lets a whole phase pass")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
PHASE = 0.25
# Undisturbed, another thread gets its turn about fifty times in a phase, and not once if it is blocked. In
# between lies what a loaded machine leaves it.
OFTEN = 5
# What needs other threads to get on in a phase gets a longer try, if a loaded machine kept them from it.
PHASES = (PHASE, 4 * PHASE)


def first(timeline, label):
    return next(event.ns for event in timeline if event.label == label)


def last(timeline, label):
    return [event.ns for event in timeline if event.label == label][-1]


def held(phase):
    timeline = Timeline()
    hold(phase, timeline=timeline)
    return first(timeline, "enter"), last(timeline, "exit")


def released(phase):
    timeline = Timeline()
    release(phase, timeline=timeline)
    return first(timeline, "detached"), last(timeline, "attach")


def nothing():
    """Take some bytecode to run, and so the right to run it."""


# Without a GIL it needs all other threads detached; unlike gc.collect() it does hardly anything then.
stop_the_world = sys._current_frames


@pytest.fixture(autouse=True)
def short_collections():
    """Let a collection look at what a test makes, not at all of pytest: then it is over in a moment."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.claim("B2", "0t", "1d")
def test_nested_attach_releases_nothing_at_its_end(repeat):
    """`double_list` attaches a second time for its attached phase, which is as exclusive as `hold`."""
    timeline = Timeline()
    with repeat(nothing if GIL else stop_the_world) as log:
        double_list([1], [None], 0, detached=0, attached=PHASE, timeline=timeline)
    labels = [event.label for event in timeline]
    assert labels[-3:] == ["attached", "acquire", "exit"]
    assert log.done_in(first(timeline, "attached"), first(timeline, "exit")) == 0


@pytest.mark.claim("B3", "0q", "3c")
def test_hold_blocks_python_threads(repeat):
    """While one thread holds, no other runs Python code with a GIL, and all the others do without."""
    with repeat(nothing) as log:
        during_hold = held(PHASE)
        assert GIL or any(log.done_in(*held(phase)) >= OFTEN for phase in PHASES)
    if GIL:
        assert log.begun_in(*during_hold) == 0


@pytest.mark.claim("B4", "0p", "1b")
def test_release_lets_python_threads_run(repeat):
    """While one thread has released, the others run Python code, with a GIL and without."""
    with repeat(nothing) as log:
        assert any(log.done_in(*released(phase)) >= OFTEN for phase in PHASES)


if not GIL:  # with one, the thread that would stop the world does not even begin to during a hold: B3

    @pytest.mark.claim("B5", "0q")
    @pytest.mark.parametrize("stop", [stop_the_world, gc.collect])
    def test_hold_blocks_stop_the_world(stop, repeat):
        """Without a GIL holding matters all the same: a garbage collection waits for the end of it."""
        with repeat(stop) as log:
            during_hold = held(PHASE)
        assert log.done_in(*during_hold) == 0
        assert log.under_way_at(during_hold[1])


@pytest.mark.claim("B6", "0q")
@pytest.mark.parametrize("stop", [stop_the_world, gc.collect])
def test_release_lets_the_world_stop(stop, repeat):
    """A garbage collection can begin and end while a thread has released."""
    with repeat(stop) as log:
        assert any(log.done_in(*released(phase)) for phase in PHASES)


def c_sleep(loader):
    if sys.platform == "win32":
        return lambda phase: loader("kernel32").Sleep(int(phase * 1e3))
    return lambda phase: loader(None).usleep(int(phase * 1e6))


def stamped(sleep, phase):
    start = time.monotonic_ns()
    sleep(phase)
    return start, time.monotonic_ns()


def often_in(log, loader):
    return any(log.done_in(*stamped(c_sleep(loader), phase)) >= OFTEN for phase in PHASES)


@pytest.mark.claim("B7")
def test_control_bytecode_during_ctypes_sleeps(repeat):
    """The C library's own sleep shows B3 and B4: `PyDLL` calls it attached, `CDLL` detached."""
    with repeat(nothing) as log:
        attached = stamped(c_sleep(ctypes.PyDLL), PHASE)
        assert often_in(log, ctypes.CDLL)
        assert GIL or often_in(log, ctypes.PyDLL)
    if GIL:
        # Not a count of 0: the other thread may run between a stamp, taken in Python, and the call.
        assert log.longest_silence(*attached) > PHASE / 2


@pytest.mark.claim("B7")
def test_control_stop_the_world_during_ctypes_sleeps(repeat):
    """The C library's own sleep shows B5 and B6."""
    with repeat(stop_the_world) as log:
        attached = stamped(c_sleep(ctypes.PyDLL), PHASE)
        assert often_in(log, ctypes.CDLL)
    assert log.longest_silence(*attached) > PHASE / 2


def all_at_once(spans):
    return max(entered for entered, _ in spans) < min(left for _, left in spans)


@pytest.mark.claim("B8", "0c", "3a")
def test_holds_take_turns_only_with_a_gil(run_concurrently):
    """Four threads that hold come one after the other with a GIL, and are all inside at once without."""
    if GIL:
        spans = sorted(run_concurrently(*[lambda: held(0.1)] * 4))
        assert all(left < entered for (_, left), (entered, _) in itertools.pairwise(spans))
    else:
        assert any(all_at_once(run_concurrently(*[lambda: held(phase)] * 4)) for phase in PHASES)  # noqa: B023


@pytest.mark.claim("B9", "1e")
def test_releases_overlap(run_concurrently):
    """Four threads that release are all inside at once, with a GIL and without."""
    assert any(all_at_once(run_concurrently(*[lambda: released(phase)] * 4)) for phase in PHASES)  # noqa: B023


@pytest.fixture
def overlap(run_concurrently, wait_for):
    """Let one thread's detached phase end while another holds; return the timelines of both."""

    def run(phase):
        releasing, holding = Timeline(), Timeline()

        def hold_meanwhile():
            wait_for(releasing, "detached")
            hold(2 * phase, timeline=holding)

        run_concurrently(lambda: release(phase, timeline=releasing), hold_meanwhile)
        if first(holding, "enter") < last(releasing, "attach") < last(holding, "exit"):
            return releasing, holding
        return None

    return run


@pytest.mark.claim("B10")
def test_reattaching_waits_for_the_holder(overlap):
    """A thread whose detached phase ends while another holds gets back in only after that, with a GIL."""
    releasing, holding = next(filter(None, map(overlap, PHASES)))
    assert (last(releasing, "attached") > last(holding, "exit")) is GIL


SHOW_A_GIL = (  # the tests of A2, B3 and B8
    "test_seed_script.py::test_the_printed_listing_needs_a_gil",
    "test_gil_observed.py::test_hold_blocks_python_threads",
    "test_gil_observed.py::test_holds_take_turns_only_with_a_gil",
)

if sysconfig.get_config_var("Py_GIL_DISABLED"):  # -X gil=1 changes nothing in a standard build

    @pytest.mark.claim("B11")
    def test_forced_gil_behaves_as_gil(run_python, pytestconfig):
        """A free-threaded build under `-X gil=1` is a GIL build in all that A2, B3 and B8 show."""
        config, root = pytestconfig.inipath, pytestconfig.rootpath
        options = [
            "-c",
            str(config),
            "--rootdir",
            str(root),
            "-p",
            "no:cacheprovider",
            "-q",
            "--expect-gil=on",
        ]
        tests = [f"{root}/tests/threading/{test}" for test in SHOW_A_GIL]
        outer = {"PYTEST_ADDOPTS": None, "PYTEST_XDIST_WORKER": None, "PYTEST_XDIST_WORKER_COUNT": None}
        run = run_python("-X", "gil=1", "-m", "pytest", *options, *tests, deadline=100, **outer)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "3 passed" in run.stdout
