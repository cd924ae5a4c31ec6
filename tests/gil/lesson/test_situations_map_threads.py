"""`map_threads`: threads made by Rust, each of which attaches itself."""

import itertools
import os
import signal
import threading
import time
import weakref

import pytest

from gil import Timeline, map_threads
from gil.lesson.phases import by_thread

own_threads = pytest.mark.thread_unsafe(reason="counts the threads of the process")


def test_results_are_in_the_order_of_the_values():
    values = list(range(100))
    assert map_threads(str, iter(values)) == [str(value) for value in values]
    assert map_threads(lambda value: value, [], threads=3) == []
    assert map_threads(abs, (-1,), 64) == [1]


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.claim("C2", "0b", "0l")
def test_as_many_threads_as_asked_for(threads):
    """Each waits for all the others, so that none can take the value of another."""
    start = threading.Barrier(threads)

    def ident(_):
        start.wait(30)
        return threading.get_ident()

    idents = map_threads(ident, range(threads), threads)
    assert len(set(idents)) == threads
    assert threading.get_ident() not in idents


def test_never_more_threads_than_values():
    timeline = Timeline()
    map_threads(abs, [1, 2], threads=50, timeline=timeline)
    assert len(by_thread(timeline)) == 1 + 2


@pytest.mark.claim("C2")
@own_threads
def test_no_thread_is_left():
    before = threading.enumerate()
    map_threads(time.sleep, [0.01] * 4)
    assert threading.enumerate() == before


@pytest.mark.claim("0l")
def test_steps_of_caller_and_threads():
    timeline = Timeline()
    start = threading.Barrier(2)
    map_threads(lambda _: start.wait(30), range(2), threads=2, timeline=timeline)
    own, *others = (
        " ".join(dict.fromkeys(f"{event.label}{'+' if event.attached else '-'}" for event in events))
        for events in by_thread(timeline).values()
    )
    assert own == "enter+ detach+ detached- attach- attached+ exit+"
    assert others == ["enter- attach- attached+ detach+ detached- exit-"] * 2


@pytest.mark.claim("C4")
def test_exception_passes_with_its_traceback():
    def fail(value):
        raise LookupError(value, "two")

    with pytest.raises(LookupError) as caught:
        map_threads(fail, [1], threads=4)
    assert caught.value.args == (1, "two")
    assert caught.traceback[-1].name == "fail"


@pytest.mark.claim("C4")
def test_the_first_exception_wins():
    """The thread with the earlier value fails later, when the other one has ended."""
    timeline = Timeline()

    def fail(value):
        deadline = time.monotonic() + 30
        while value == "late" and all(event.label != "exit" for event in timeline):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        raise LookupError(value)

    with pytest.raises(LookupError, match="early"):
        map_threads(fail, ["late", "early"], threads=2, timeline=timeline)


def test_no_value_is_taken_after_an_exception():
    taken = itertools.count()

    def fail(_):
        next(taken)
        raise LookupError

    with pytest.raises(LookupError):
        map_threads(fail, range(1000), threads=2)
    assert next(taken) <= 2


@pytest.mark.parametrize("threads", [0, -1])
@pytest.mark.lane_independent
def test_bad_number_of_threads(threads):
    with pytest.raises(ValueError, match=f"^threads must be at least 1, got {threads}$"):
        map_threads(abs, [1], threads)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ([1, [1]], TypeError, "'int' object is not callable"),
        ([abs, 1], TypeError, "'int' object is not iterable"),
        ([abs, [1], "4"], TypeError, "'str' object cannot be interpreted as an integer"),
        ([abs, [1], 2**70], OverflowError, "too (large|big)"),
        ([abs], TypeError, "missing 1 required positional argument: 'values'"),
    ],
)
@pytest.mark.lane_independent
def test_bad_input(arguments, error, text):
    with pytest.raises(error, match=text):
        map_threads(*arguments)


def test_nothing_is_kept():
    class Value:
        pass

    values = [Value() for _ in range(4)]
    alive = [weakref.ref(value) for value in values]
    results = map_threads(lambda value: [value], values)
    del values, results
    deadline = time.monotonic() + 30
    while any(reference() for reference in alive):  # a thread that ends may drop the last one late
        assert time.monotonic() < deadline
        time.sleep(0.001)


INTERRUPTED = """
import time, gil
taken = []
def function(value):
    taken.append(value)
    if value == 0: print("ready", flush=True)
    time.sleep(0.1)
try:
    gil.map_threads(function, range(100), threads=2)
except KeyboardInterrupt:
    print("interrupted")
print(len(taken) < 100)
"""


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_ctrl_c_ends_it_before_the_next_value(start_python):
    with start_python("-c", INTERRUPTED, deadline=40) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "interrupted\nTrue\n"  # all the values would take 5 s
        assert process.wait() == 0


# `f(0)` raises at once, `f(1)` sleeps until the signal has come and its handler has raised.
INTERRUPTED_LATER = """
import os, signal, sys, threading, time, gil
taken = []
def function(value):
    taken.append(value)
    both.wait(30)
    if value == "fails": raise LookupError("first")
    while not failed.wait(0.001): pass
    os.kill(os.getpid(), signal.SIGINT)
    while not raised.wait(0.001): pass
both, failed, raised = threading.Barrier(2), threading.Event(), threading.Event()
def handler(*_):
    raised.set()
    {handler}
signal.signal(signal.SIGINT, handler)
timeline = gil.Timeline()
def watch():
    while all(event.label != "exit" for event in timeline): time.sleep(0.001)
    failed.set()
threading.Thread(target=watch).start()
try:
    gil.map_threads(function, ["fails", "sleeps", *range(100)], threads=2, timeline=timeline)
except BaseException as error:
    while error:
        print(type(error).__name__)
        error = error.__context__
print(sorted(map(str, taken)))
"""


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize(
    ("handler", "raised"),
    [
        ("raise KeyboardInterrupt", ["KeyboardInterrupt"]),
        ("try: 1 / 0\n    except ZeroDivisionError: exit(1)", ["SystemExit", "ZeroDivisionError"]),
        ("pass", []),
    ],
)
def test_ctrl_c_after_an_exception(handler, raised, run_python):
    """What the handler raises comes out, with the exception that came first at the end of its context."""
    ran = run_python("-c", INTERRUPTED_LATER.format(handler=handler))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [*raised, "LookupError", "['fails', 'sleeps']"]
