"""What `double_list` prints, and what happens if nobody reads it."""

import ctypes
import errno
import os
import sys
from pathlib import Path

import pytest

from gil import double_list

# With a GIL and without, what is printed and what an error keeps back is the same.
pytestmark = pytest.mark.lane_independent
posix = pytest.mark.skipif(os.name != "posix", reason="who writes to a full pipe waits attached here")

LINES = ["Rust: Enter double_list...", "Rust: Release GIL...", "Rust: Acquire GIL...", "Rust: Exit..."]

CALL = """
import errno, sys, gil
result = ["untouched"]
try:
    gil.double_list([1], result, 0, detached=float(sys.argv[1]), attached=1)
except BrokenPipeError as error:
    print("broken", error.errno == errno.EPIPE, result, file=sys.stderr)
"""


def test_prints_four_lines(capfd):
    """The lines go to the process's standard output, in the order of the phases."""
    double_list([1], [None], 0, detached=0, attached=0)
    assert capfd.readouterr() == ("".join(f"{line}\n" for line in LINES), "")


def test_prints_past_sys_stdout(capsys):
    """Whoever replaces `sys.stdout` gets none of the lines: Rust knows only the file descriptor."""
    double_list([1], [None], 0, detached=0, attached=0)
    assert capsys.readouterr() == ("", "")


@pytest.mark.claim("E4")
@pytest.mark.parametrize(
    ("items", "printed"), [(["a"], LINES[:2]), ([2**30], LINES[:2])], ids=["type", "overflow"]
)
def test_a_bad_item_ends_the_printing(items, printed, capfd):
    """The list is read between the second and the third line."""
    with pytest.raises((TypeError, OverflowError)):
        double_list(items, [None], 0, detached=0, attached=0)
    assert capfd.readouterr().out.splitlines() == printed


@pytest.mark.claim("E4")
@pytest.mark.parametrize(("read", "detached"), [(0, 1), (2, 1), (3, 0)])
def test_a_reader_that_leaves_is_an_error(read, detached, start_python):
    """A closed pipe is a BrokenPipeError at the next line, no panic; even the last precedes the result."""
    with start_python("-c", CALL, str(detached)) as process:
        assert [process.stdout.readline().rstrip("\n") for _ in range(read)] == LINES[:read]
        process.stdout.close()
        assert process.stderr.read() == "broken True ['untouched']\n"
    assert process.returncode == 0


def called(run_python, before, *, calls="call()", **options):
    """Return what `CALLS` prints to standard error; `before` says what standard output is."""
    ran = run_python("-c", CALLS.format(before=before, calls=calls), **options)
    assert (ran.returncode, ran.stdout) == (0, "")
    return ran.stderr.splitlines()


CALLS = """
import gil, os, signal, sys, threading, time
def say(*words): sys.stderr.write(" ".join(map(str, words)) + "\\n")  # print() writes the end of a line apart
def call(**phases):
    result, timeline = ["untouched"], gil.Timeline()
    try: gil.double_list([1], result, 0, **dict(detached=0, attached=0) | phases, timeline=timeline)
    except OSError as error:
        say(type(error).__name__, error.errno, error.strerror, *result)
    except KeyboardInterrupt: say("interrupted", *result)
    else: say(*result)
    return timeline
{before}
{calls}
"""


# What Windows calls an error of these numbers; Python's texts have no full stop.
WINERRORS = {errno.EBADF: 6, errno.ENOSPC: 112, errno.EPIPE: 232}


def failure(name, code):
    if sys.platform == "win32":
        return f"{name} {code} {ctypes.FormatError(WINERRORS[code]).rstrip('.')} untouched"
    return f"{name} {code} {os.strerror(code)} untouched"


@pytest.mark.claim("E4")
def test_a_closed_standard_output_is_an_error(run_python):
    """There is no such file descriptor: then the lines are nowhere, and that is no success."""
    seen = called(run_python, "os.close(1)", calls="call(); call()")
    assert seen == [failure("OSError", errno.EBADF)] * 2


@pytest.mark.claim("E4")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_is_an_error(run_python):
    before = "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    assert called(run_python, before) == [failure("OSError", errno.ENOSPC)]


AGAIN = """
def pipe():
    read, write = os.pipe()
    os.dup2(write, 1)
    os.close(write)
    return read
os.close(pipe())
"""


def test_nothing_is_kept_back_after_an_error(run_python):
    """What a reader that has gone did not get is not printed before the lines of a later call."""
    calls = "call(); read = pipe(); call(); os.write(2, os.read(read, 1000))"
    broken, doubled, *lines = called(run_python, AGAIN, calls=calls)
    assert broken == failure("BrokenPipeError", errno.EPIPE)
    assert doubled == "[2]"
    assert lines == LINES


FULL = """
read, write = os.pipe()
os.set_blocking(write, False)
try:
    while True: os.write(write, b"." * 4096)
except BlockingIOError: pass
try:
    while True: os.write(write, b".")
except BlockingIOError: pass
os.set_blocking(write, {blocking})
os.dup2(write, 1)
os.close(write)
"""
# The reader is a Python thread of the same process: with a GIL it runs only while the writer is detached.
READER = """
seen = bytearray()
def drain():
    time.sleep(0.1)
    while data := os.read(read, 65536): seen.extend(data)
reader = threading.Thread(target=drain)
reader.start()
timelines = []
threads = [threading.Thread(target=lambda: timelines.append(call())) for _ in range({threads})]
for thread in threads: thread.start()
timelines.append(call())
for thread in threads: thread.join()
os.close(1)
reader.join()
os.write(2, seen.lstrip(b"."))
for timeline in timelines:
    left = [event.attached for event in timeline if event.label == "detached"]
    assert left and not any(left)
"""


@posix
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("threads", [0, 4])
def test_a_full_pipe_is_waited_for_detached(threads, blocking, run_python):
    """Every line gets there as a whole, be standard output blocking or not."""
    full = FULL.format(blocking=blocking)
    seen = called(run_python, full, calls=READER.format(threads=threads), deadline=12)
    calls = threads + 1
    assert sorted(seen) == sorted(["[2]"] * calls + LINES * calls)


INTERRUPT = """
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)
began = time.monotonic()
call(detached=60)
print(time.monotonic() - began < 10, file=sys.stderr)
"""


@posix
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
def test_ctrl_c_ends_the_wait_for_a_reader(blocking, run_python):
    """Nobody reads: the main thread looks for signals all the same."""
    seen = called(run_python, FULL.format(blocking=blocking), calls=INTERRUPT, deadline=12)
    assert seen == ["interrupted untouched", "True"]
