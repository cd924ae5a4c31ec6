"""One call measured: on functions of this package that hold and let go, and on Python code."""

import _thread
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import gil
from gil.instruments.probe import Kind, batch, measure, measuring, probe
from gil.instruments.probe.ticker import METHOD

pytestmark = pytest.mark.thread_unsafe(
    reason="compares how long its thread is attached with how long others wait"
)

GIL = gil.build_info().gil_enabled
# A call is repeated for so many seconds, where a test does not say otherwise; it takes a twelfth of that.
SECONDS, CALL = 0.1, 0.008
NEVER, ASKED, LETS_GO = (
    (Kind.NEVER_LETS_GO, Kind.ONLY_WHEN_ASKED, Kind.LETS_GO)
    if GIL
    else (Kind.ATTACHED, Kind.STOPS_WHEN_ASKED, Kind.DETACHED)
)


def spin(seconds):
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_a_call_that_holds():
    """It never lets go; that is not always known, as a busy machine may leave no time to ask."""
    for doubled in range(10):  # under Wine looks are so far apart that few are due in the first
        found = measure(gil.hold, (CALL,), seconds=SECONDS * min(2**doubled, 16))
        if found.verdict != Kind.UNKNOWN:  # else it left no time to look, either
            break
    assert found.verdict in {NEVER, Kind.HOLDS}, found
    assert found.attached_share > 0.9
    assert found.longest_attached_ms > 500 * CALL
    assert found.call_ms >= 1000 * CALL


def found_in_tries(verdict, *arguments, seconds, **options):
    """Return the first probe with this verdict of ten, ever longer: a busy machine may leave little time."""
    for doubled in range(10):
        found = measure(*arguments, seconds=seconds * min(2**doubled, 16), **options)
        if found.verdict == verdict:
            return found
    pytest.fail(f"never the verdict {verdict}: {found}")


def test_python_code():
    """One answer to another thread is proof."""
    found = found_in_tries(ASKED, spin, (CALL,), seconds=SECONDS)
    first, last = spin.__code__.co_firstlineno, spin.__code__.co_firstlineno + 3
    lines = {f"{Path(__file__).name}:{number} in spin" for number in range(first, last + 1)}
    assert found.line is None or found.line.replace("\\", "/").rpartition("/")[2] in lines
    assert found.attached_share > 0.9
    assert found.knocks


def test_a_short_call_in_python_has_its_line():
    """The longest time attached reaches over several calls, and so over what makes them."""
    for _ in range(20):
        found = measure(spin, (0.0005,), seconds=SECONDS, knocks=False)
        if found.line:  # else a busy machine let the sampler look too seldom
            break
    assert found.line
    assert " in spin" in found.line
    assert found.calls > 1


def test_of_a_short_call_the_spans_are_of_several():
    for _ in range(20):
        found = measure(gil.release, (0.0001,), seconds=0.1, knocks=False)
        if found.spans and found.spans_calls > 1:  # else it happened to look at the first
            break
    assert found.spans_calls > 1
    assert found.spans[-1][1] - found.spans[0][0] > 1e5 * found.spans_calls


def test_a_call_that_lets_go():
    for _ in range(5):  # a busy machine may let it wait for a processor attached
        found = found_in_tries(LETS_GO, gil.release, (CALL,), seconds=SECONDS)
        low, high = found.confidence
        if high < 0.5:
            break
    assert 0 <= low <= found.attached_share <= high < 0.5
    assert found.longest_attached_ms < found.call_ms
    assert (found.gil_enabled, found.method == METHOD) == (GIL, False)
    assert found.samples
    assert found.sentence.startswith("gil._gil.release ")


def test_a_long_call_is_made_once(monkeypatch):
    # As if the machine had nothing else to do: what it waits for a processor is none of a call's own time.
    # By `int`, as Python code would let a knock stop the world before the sampler is stopped.
    monkeypatch.setattr(batch, "ready_ns", int)
    found = measure(gil.hold, (0.08,), seconds=0.25)
    assert found.calls == 1
    assert found.verdict in {NEVER, Kind.HOLDS, Kind.UNKNOWN}, found
    assert found.spans[0][0] < found.spans[-1][1]
    if os.name != "nt":  # whose clock of a thread goes on too seldom
        assert found.off_processor_share > 0.5  # hold sleeps


def test_a_call_that_is_asked_for_once_is_made_once():
    found = measure(len, ((),), repeat=False)
    assert found.calls == 1
    assert found.verdict == Kind.UNKNOWN


@pytest.mark.skipif(os.name == "nt", reason="a look takes a millisecond there: too few for calls so short")
def test_a_short_call_is_not_worth_detaching():
    found = found_in_tries(Kind.TOO_SHORT, len, ((),), seconds=0.1)
    assert found.calls > 100


def test_the_first_call_may_have_had_to_fill_caches():
    """Detached for as long as all others together are attached, it counts for nothing but its value."""
    slept = []

    def call():
        if not slept:
            slept.append(gil.release(0.024))
        spin(0.002)

    for _ in range(20):
        slept.clear()
        found = measure(call, seconds=0.15, knocks=False)
        # Else the machine was so busy that there was time for the first alone, or too little to look.
        if found.calls > 2 and found.verdict != Kind.UNKNOWN:
            break
    assert found.calls > 2
    assert found.attached_share > 0.9


def test_a_first_call_that_had_to_wait_for_a_processor_is_not_all(monkeypatch):
    """However long it waited, and though it did so attached."""
    made = []

    def call():
        made.append(1)
        if len(made) == 1:
            gil.hold(0.06)  # as if without a processor
        else:
            gil.release(0.002)

    monkeypatch.setattr(batch, "ready_ns", lambda: 10**12 * bool(made))
    for _ in range(20):
        made.clear()
        found = measure(call, seconds=0.1, knocks=False)
        assert found.calls > 1
        if found.attached_share < 0.5:  # else a busy machine left too little time to look at the others
            break
    assert found.attached_share < 0.5


def test_calls_that_become_slower_are_not_made_too_often():
    """From 100 ns to 10 ms: as many calls as the first promises would take 200 s."""
    made = []

    def call():
        made.append(1)
        if len(made) > 5:
            time.sleep(0.01)

    begun = time.perf_counter()
    found = measure(call, seconds=0.1, knocks=False)
    assert found.calls == len(made) < 1000
    assert time.perf_counter() - begun < 60


def test_returns_what_the_first_call_returned():
    # The seconds also count until the watchers look, so on a busy machine few leave time for one call only.
    for seconds in (0.02, 0.2, 2):
        found = measure(next, (iter(range(10**9)),), seconds=seconds)
        assert found.value == 0
        if found.calls > 10:
            break
    assert found.calls > 10


def test_arguments_have_names_too():
    assert measure(int, ("12",), {"base": 3}, seconds=0.01).value == 5


def test_probe_takes_the_arguments_of_the_call(monkeypatch):
    monkeypatch.setattr(sys.modules["gil.instruments.probe"], "measure", lambda *measured: measured)
    assert probe(sorted, [2, 1], reverse=True) == (sorted, ([2, 1],), {"reverse": True})
    assert gil.probe is probe


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_what_it_raises_passes_through(error):
    def fail():
        raise error

    before = set(threading.enumerate())
    with pytest.raises(type(error)) as raised:
        measure(fail)
    assert raised.value is error
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize(("seconds", "precision"), [(0, 0.1), (-1, 0.1), (float("nan"), 0.1), (1, 0)])
def test_bad_times_are_refused_before_the_call(seconds, precision):
    called = []
    with pytest.raises(ValueError, match="must be above 0"):
        measure(called.append, (1,), seconds=seconds, precision=precision)
    assert not called


def test_a_call_that_leaves_a_thread_behind_is_made_once():
    ended = threading.Event()
    threads = []

    def start():
        threads.append(threading.Thread(target=ended.wait))
        threads[-1].start()

    try:
        found = measure(start)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert found.calls == len(threads) == 1
    assert "The call left a thread running, and so was made once;" in " ".join((found.sentence, *found.notes))


def test_a_thread_that_threading_does_not_know_is_one_too():
    running, ended = _thread.allocate_lock(), threading.Event()
    running.acquire()
    started = []

    def run():
        running.release()
        ended.wait()

    def start():
        started.append(_thread.start_new_thread(run, ()))
        running.acquire()  # up to 3.12 a thread counts when it runs

    before = _thread._count()
    try:
        found = measure(start)
    finally:
        ended.set()
        while _thread._count() > before:
            time.sleep(0.001)
    assert found.calls == len(started) == 1
    assert "The call left a thread running, and so was made once;" in " ".join((found.sentence, *found.notes))


def test_a_coroutine_is_not_what_it_does():
    async def wait(): ...

    found = measure(wait)
    found.value.close()
    assert found.calls == 1
    sentence = "The call only made a coroutine: what that does is not in these figures; probe what runs it."
    assert found.sentence == f"{found.name} could not be measured. {sentence}"
    assert sentence not in found.notes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_call_that_forks_is_made_once_in_parent_and_child(run_python):
    code = """
import os, warnings
from gil.instruments.probe import measure
warnings.simplefilter("ignore")
found = measure(os.fork)
if not found.value:
    os._exit(10 + found.calls)
print(found.calls, os.waitstatus_to_exitcode(os.waitpid(found.value, 0)[1]), found.sentence, *found.notes)
"""
    ran = run_python("-c", code)
    said = "The call forks, and so was made once; what its children do is not in these figures."
    assert ran.stdout.startswith("1 11 "), ran.stderr
    assert said in ran.stdout


class TestWithoutSampler:
    @pytest.fixture(autouse=True)
    def unproven(self, monkeypatch):
        def fail(interval):
            raise RuntimeError("cannot be proven here")

        monkeypatch.setattr(gil, "Sampler", fail)

    if GIL:

        def test_the_switch_interval_stands_in(self):
            """Of several tries one counts for letting go: a busy machine makes ticks late."""
            before = sys.getswitchinterval()
            held = measure(gil.hold, (CALL,), seconds=0.1, knocks=False)
            assert held.method == METHOD
            assert held.attached_share > 0.9
            tries = (measure(gil.release, (CALL,), seconds=0.1, knocks=False) for _ in range(10))
            assert any(found.attached_share < 0.5 for found in tries)
            assert sys.getswitchinterval() == before

        def test_the_switch_interval_is_restored_after_an_exception(self):
            before = sys.getswitchinterval()
            with pytest.raises(ZeroDivisionError):
                measure(divmod, (1, 0))
            assert sys.getswitchinterval() == before

    else:

        def test_without_a_gil_there_is_no_way(self):
            with pytest.raises(RuntimeError, match="cannot be proven here"):
                measure(len, ("",))


@pytest.mark.lane_independent
@pytest.mark.parametrize(
    ("line", "start", "spelled"),
    [
        (None, 10, None),
        (("<code>", 3, "f"), 10, "<code>:3 in f"),
        ((os.__file__, 3, "f"), 10, "os.py:3 in f"),
        ((batch.__file__, 3, "_loop"), 10, None),
        (("<string>", 3, "__init__"), 980, None),  # between two batches
    ],
)
def test_the_line_is_the_calls_own(line, start, spelled):
    seen = SimpleNamespace(longest_line=line, longest_start_ns=start, longest_ns=50)
    one = batch.Batch(1, 0, 1000, 1, 0, seen)
    assert measuring._line(one, [one]) == spelled


@pytest.mark.lane_independent
@pytest.mark.parametrize(
    ("knocks", "longest", "wait"),
    [([], 5, None), ([3, 1], 5, 3), ([7, 1], 5, 5), ([70, 80], 50, 10), ([7, 2], 0, 2), ([70, 20], 0, 10)],
)
def test_nobody_waits_for_more_than_attached_code(knocks, longest, wait):
    assert measuring._wait_ns(knocks, longest, 10) == wait


def test_a_gil_that_a_build_could_do_without_is_noted():
    noted = "The GIL is on in this free-threaded build; `gil imports` names the modules that want it."
    info = gil.build_info()
    found = measure(len, ((),), seconds=0.01, knocks=False)
    assert (noted in found.notes) == (info.free_threaded_build and info.gil_enabled)


def test_the_name_is_that_of_the_module_and_the_function():
    named = {
        "gil._gil.hold": gil.hold,
        "len": len,
        "str.join": "".join,
        "'Callable'": type("Callable", (), {"__call__": lambda self: None})(),
    }
    assert {measuring._name(function) for function in named.values()} == {*named}
