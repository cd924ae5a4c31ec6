"""What holding and releasing the GIL does to the other threads, seen from those threads.

All moments are of one clock. What a GIL or a stop of the world forbids is asserted as a fact, which holds
whatever the load of the machine: between two marks of a thread that is attached nobody else did anything.
What the others do get done is asserted of one try out of several, because a busy machine may keep them from
it. Such a try cannot come about with the defect, which forbids it every time.
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
PHASE = 0.1
# Undisturbed, another thread gets its turn about twenty times in a phase.
OFTEN = 5
# The main thread's detached phase is cut into slices of 50 ms. If it slept attached between two of them,
# others would be silent for as long, every time.
SLICE = 0.05
SILENCE = 0.8 * SLICE
# What has to happen during another thread's phase gets longer and longer ones: on a busy machine a thread may
# come half a second late.
LENGTHS = (0.05, 0.2, 0.8, 3.2)
TRIES = 30


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


def called(function, phase):
    """Return the first and the last moment of a whole call, the steps before and between slices included."""
    timeline = Timeline()
    function(phase, timeline=timeline)
    return first(timeline, "enter"), last(timeline, "exit")


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


def first_fit(attempts, fits):
    """Return the first attempt that a busy machine has not spoilt; what `fits` asks proves nothing yet."""
    for attempt in attempts:
        if fits(attempt):
            return attempt
    pytest.fail("the machine was too busy in every attempt")


@pytest.mark.claim("B2", "0t", "1d")
def test_nested_attach_releases_nothing_at_its_end(repeat):
    """`double_list` attaches a second time for its attached phase, which is as exclusive as `hold`.

    The control is its detached phase, just before: in one in which the other thread got its turn often, it
    would have had it in the attached phase, too.
    """

    def both_phases():
        timeline = Timeline()
        double_list([1], [None], 0, detached=PHASE, attached=PHASE, timeline=timeline)
        labels = [event.label for event in timeline]
        assert labels[-3:] == ["attached", "acquire", "exit"]
        detached = first(timeline, "detached"), last(timeline, "attach")
        return log.done_in(*detached), log.done_in(last(timeline, "attached"), first(timeline, "exit"))

    with repeat(nothing if GIL else stop_the_world) as log:
        attempts = (both_phases() for _ in range(TRIES))
        _, while_attached = first_fit(attempts, lambda counts: counts[0] >= OFTEN)
    assert while_attached == 0


@pytest.mark.claim("B3", "0q", "3c")
def test_hold_blocks_python_threads(repeat, shortest):
    """While one thread holds, no other runs Python code with a GIL, and all the others do without.

    With a GIL the control is a `release` of the same length just before. Without one, a thread that was
    blocked would be silent for the whole phase each time.
    """
    with repeat(nothing) as log:
        if GIL:
            attempts = ((log.done_in(*released(PHASE)), log.begun_in(*held(PHASE))) for _ in range(TRIES))
            _, while_held = first_fit(attempts, lambda counts: counts[0] >= OFTEN)
            assert while_held == 0
        else:
            assert shortest(lambda: log.longest_silence(*held(PHASE)), below=PHASE / 2) < PHASE / 2


@pytest.mark.claim("B4", "0p", "1b")
def test_release_lets_python_threads_run(repeat, shortest):
    """While one thread has released, the others run Python code, with a GIL and without.

    With a GIL they do so from the beginning of the call to its end: where it stayed attached between its
    slices, they would be silent for as long.
    """
    with repeat(nothing) as log:
        silence = shortest(lambda: log.longest_silence(*called(release, 3 * SLICE)), below=SILENCE)
    assert silence < SILENCE


if not GIL:  # with one, the thread that would stop the world does not even begin to during a hold: B3

    @pytest.mark.claim("B5", "0q")
    @pytest.mark.parametrize("stop", [stop_the_world, gc.collect])
    def test_hold_blocks_stop_the_world(stop, repeat):
        """Without a GIL holding matters all the same: a garbage collection waits for the end of it.

        A busy machine may keep the collection from beginning early enough. If one has begun in the first half
        and not ended when the phase does, then because it had to wait: by itself it takes a moment.
        """

        def begun_early(phase):
            start, end = phase
            log.wait_past(end)
            return log.begun_in(start, (start + end) // 2)

        with repeat(stop) as log:
            start, end = first_fit((held(PHASE) for _ in range(TRIES)), begun_early)
        assert log.done_in(start, end) == 0
        assert log.under_way_at(end)


@pytest.mark.claim("B6", "0q")
def test_release_lets_the_world_stop(repeat, shortest):
    """The world can stop while a thread has released, at any moment of the call."""
    with repeat(stop_the_world) as log:
        silence = shortest(lambda: log.longest_silence(*called(release, 3 * SLICE)), below=SILENCE)
    assert silence < SILENCE


@pytest.mark.claim("B6", "0q")
def test_release_lets_garbage_be_collected(repeat):
    """A garbage collection, which takes longer, can begin and end."""
    with repeat(gc.collect) as log:
        assert any(log.done_in(*released(phase)) for phase in LENGTHS)


def c_sleep(loader):
    if sys.platform == "win32":
        return lambda phase: loader("kernel32").Sleep(int(phase * 1e3))
    return lambda phase: loader(None).usleep(int(phase * 1e6))


def stamped(sleep, phase):
    start = time.perf_counter_ns()
    sleep(phase)
    return start, time.perf_counter_ns()


@pytest.fixture
def silence_during(shortest):
    """Say how long the other thread was silent, at least, while the C library slept."""

    def measure(log, loader):
        sleep = c_sleep(loader)
        return shortest(lambda: log.longest_silence(*stamped(sleep, PHASE)), below=PHASE / 2)

    return measure


@pytest.mark.claim("B7")
def test_control_bytecode_during_ctypes_sleeps(repeat, silence_during):
    """The C library's own sleep shows B3 and B4: `PyDLL` calls it attached, `CDLL` detached."""
    with repeat(nothing) as log:
        assert silence_during(log, ctypes.CDLL) < PHASE / 2
        if GIL:
            # Not a count of 0: the other thread may run between a stamp, taken in Python, and the call.
            assert log.longest_silence(*stamped(c_sleep(ctypes.PyDLL), PHASE)) >= PHASE
        else:
            assert silence_during(log, ctypes.PyDLL) < PHASE / 2


@pytest.mark.claim("B7")
def test_control_stop_the_world_during_ctypes_sleeps(repeat, silence_during):
    """The C library's own sleep shows B5 and B6."""
    with repeat(stop_the_world) as log:
        assert silence_during(log, ctypes.CDLL) < PHASE / 2
        # Less than all of it: a stop may be over before the call, and written down only after its start.
        assert log.longest_silence(*stamped(c_sleep(ctypes.PyDLL), PHASE)) > PHASE / 2


def all_at_once(spans):
    return max(entered for entered, _ in spans) < min(left for _, left in spans)


def four_overlap(run_concurrently, phase_of):
    """Whether four threads are all inside at once, if they are given time enough to come together."""
    return any(all_at_once(run_concurrently(*[lambda: phase_of(phase)] * 4)) for phase in LENGTHS)  # noqa: B023


@pytest.mark.claim("B8", "0c", "3a")
def test_holds_take_turns_only_with_a_gil(run_concurrently):
    """Four threads that hold come one after the other with a GIL, and are all inside at once without."""
    if GIL:
        spans = sorted(run_concurrently(*[lambda: held(PHASE)] * 4))
        assert all(left < entered for (_, left), (entered, _) in itertools.pairwise(spans))
    else:
        assert four_overlap(run_concurrently, held)


@pytest.mark.claim("B9", "1e")
def test_releases_overlap(run_concurrently):
    """Four threads that release are all inside at once, with a GIL and without."""
    assert four_overlap(run_concurrently, released)


@pytest.fixture
def waited(run_concurrently, wait_for):
    """Let one thread's detached phase end while another holds; say whether it got back in only afterwards.

    Say None if it did not end then: a busy machine can keep either thread for as long as the other needs.
    """

    def run(phase):
        releasing, holding = Timeline(), Timeline()

        def hold_meanwhile():
            wait_for(releasing, "detached")
            hold(2 * phase, timeline=holding)

        run_concurrently(lambda: release(phase, timeline=releasing), hold_meanwhile)
        if first(holding, "enter") < last(releasing, "attach") < last(holding, "exit"):
            return last(releasing, "attached") > last(holding, "exit")
        return None

    return run


@pytest.mark.claim("B10")
def test_reattaching_waits_for_the_holder(waited):
    """A thread whose detached phase ends while another holds gets back in only after that, with a GIL.

    Without one it may be late on a busy machine, but it is not each time.
    """
    if GIL:
        assert first_fit(map(waited, LENGTHS), lambda answer: answer is not None)
    else:
        assert False in map(waited, LENGTHS)


SHOW_A_GIL = (  # the tests of A2, B3 and B8
    "test_seed_script.py::test_the_printed_listing_needs_a_gil",
    "test_gil_observed.py::test_hold_blocks_python_threads",
    "test_gil_observed.py::test_holds_take_turns_only_with_a_gil",
)

if sysconfig.get_config_var("Py_GIL_DISABLED"):  # -X gil=1 changes nothing in a standard build

    @pytest.mark.claim("B11")
    @pytest.mark.lane_independent  # it says itself whether there is a GIL
    def test_forced_gil_behaves_as_gil(run_python, pytestconfig):
        """A free-threaded build under `-X gil=1` is a GIL build in all that A2, B3 and B8 show."""
        config, root = pytestconfig.inipath, pytestconfig.rootpath
        options = [
            f"--config-file={config}",
            f"--rootdir={root}",
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
