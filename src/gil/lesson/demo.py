"""The two-thread demo: which thread comes first tells whether there is a GIL.

A Python thread sleeps 1.2 times as long as a Rust thread stays detached, so its sleep ends while the Rust
thread is attached. With a GIL it has to wait until the Rust thread has left; without one it does not.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from gil._gil import Timeline, build_info, double_list
from gil.lesson.phases import by_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gil import BuildInfo, Event

PYTHON = "Python"
RUST = "Rust"
SLEEP_FACTOR = 1.2
LONGEST_S = 3600.0

# The events that stand for a printed line; ASCII, because any stdout can take that.
_STEPS = {
    (PYTHON, "enter"): "Py: Enter",
    (PYTHON, "sleep"): "Py: Sleep",
    (PYTHON, "exit"): "Py: Exit",
    (RUST, "enter"): "Rust: Enter",
    (RUST, "detached"): "Rust: Release GIL",
    (RUST, "acquire"): "Rust: Acquire GIL",
    (RUST, "exit"): "Rust: Exit",
}


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What one run of the demo showed."""

    python: str
    """The interpreter's version, as ``platform.python_version()``."""
    free_threaded_build: bool
    gil_enabled: bool
    """Whether the GIL was on when the threads started."""
    detached_s: float
    """How long the Rust thread was to sleep detached."""
    attached_s: float
    """How long the Rust thread was to sleep attached."""
    sleep_s: float
    """How long the Python thread was to sleep."""
    order: tuple[str, ...]
    """The steps in the order of their events, such as ``Rust: Acquire GIL``."""
    rust_wait_ms: float
    """How long the Rust thread waited to be attached again."""
    python_late_ms: float
    """How much longer than ``sleep_s`` it took the Python thread to come back from its sleep."""
    proven: bool
    """Whether the run proves what ``verdict`` says; False if it proves nothing."""
    verdict: str
    """One sentence."""
    doubled: Mapping[str, list[int]]
    """What each thread wrote, by the name of the thread."""
    threads: Mapping[int, str]
    """The name of each thread, ``Python`` or ``Rust``, by ``threading.get_ident()``."""
    events: tuple[Event, ...]
    """Everything on the timeline, oldest first."""

    def as_json(self) -> dict[str, Any]:
        """Return all of it in types that ``json`` knows; ``threads`` becomes each event's thread_name."""
        # Not asdict of the whole: it would copy the events, which only native code can make.
        plain = asdict(replace(self, threads={}, events=()))
        del plain["threads"]
        plain["events"] = [
            {
                "ns": event.ns,
                "thread": event.thread,
                "thread_name": self.threads[event.thread],
                "label": event.label,
                "attached": event.attached,
            }
            for event in self.events
        ]
        return plain


def check(detached_s: float, attached_s: float) -> None:
    """Raise ValueError, with one sentence, for phases that cannot be run or could prove nothing."""
    for name, seconds in (("detached", detached_s), ("attached", attached_s)):
        if not 0 < seconds <= LONGEST_S:  # so written, it refuses nan too
            raise ValueError(
                f"{name} must be more than 0 and at most {LONGEST_S:g} seconds, got {seconds:g}."
            )
    spare = (SLEEP_FACTOR - 1) * detached_s
    if attached_s <= spare or math.isclose(attached_s, spare):
        raise ValueError(
            f"attached must be more than {spare:g} seconds with detached = {detached_s:g}:"
            f" the Python thread sleeps {SLEEP_FACTOR:g} times detached and has to wake up"
            " while the Rust thread is attached."
        )


def run(*, detached: float = 1.0, attached: float = 1.0) -> DemoResult:
    """Run both threads and return what happened; blocks for at least ``detached + attached`` seconds.

    Prints a line a step: the Python thread to ``sys.stdout``, the Rust thread to file descriptor 1.

    Whatever a thread raises is raised here at once, and so is KeyboardInterrupt; a thread that is still
    asleep then runs on to its end, and the interpreter waits for it before it exits. With a GIL,
    KeyboardInterrupt itself has to wait while the Rust thread sleeps attached: the main thread cannot run
    to raise it. Without one it has to wait if a garbage collection begins meanwhile; ``gil demo`` lets none.

    Raises:
        ValueError: as :func:`check` says.
        OSError: standard output cannot be written to.

    """
    check(detached, attached)
    info = build_info()
    timeline = Timeline()
    nums = [1, 2, 3]
    result: list[list[int]] = [[], []]
    sleep = SLEEP_FACTOR * detached
    idents = _run_both(
        lambda: double_list_py(nums, result, 0, seconds=sleep, timeline=timeline),
        lambda: double_list(nums, result, 1, detached=detached, attached=attached, timeline=timeline),
    )
    say(f"Py: {result[0]}")
    say(f"Rust: {result[1]}")
    return _concluded(
        info,
        tuple(timeline.events()),
        dict(zip(idents, (PYTHON, RUST), strict=True)),
        phases_s=(detached, attached, sleep),
        doubled=dict(zip((PYTHON, RUST), result, strict=True)),
    )


def _concluded(
    info: BuildInfo,
    events: tuple[Event, ...],
    threads: Mapping[int, str],
    *,
    phases_s: tuple[float, float, float],
    doubled: Mapping[str, list[int]],
) -> DemoResult:
    """Return what a run showed; ``phases_s`` are detached_s, attached_s and sleep_s of the result."""
    detached, attached, sleep = phases_s
    moments = {
        threads[thread]: {event.label: event.ns for event in own} for thread, own in by_thread(events).items()
    }
    py, rust = moments[PYTHON], moments[RUST]
    proven, verdict = judge(py, rust, sleep_ns=round(sleep * 1e9), gil_enabled=info.gil_enabled)
    return DemoResult(
        python=info.python,
        free_threaded_build=info.free_threaded_build,
        gil_enabled=info.gil_enabled,
        detached_s=detached,
        attached_s=attached,
        sleep_s=sleep,
        order=tuple(observed_order(events, threads)),
        rust_wait_ms=(rust["attached"] - rust["attach"]) / 1e6,
        python_late_ms=(py["woke"] - py["sleep"]) / 1e6 - sleep * 1e3,
        proven=proven,
        verdict=verdict,
        doubled=doubled,
        threads=threads,
        events=events,
    )


def double_list_py(
    nums: list[int], result: list[list[int]], idx: int, *, seconds: float, timeline: Timeline
) -> None:
    """Sleep for ``seconds``, double ``nums``, and write the outcome to ``result[idx]``."""
    timeline.mark("enter")
    say("Py: Enter double_list_py...")
    say(f"Py: Sleep for {seconds:g} sec...")
    timeline.mark("sleep")
    time.sleep(seconds)
    # Attached again by now, so this is later than the end of the sleep by the wait for it.
    timeline.mark("woke")
    result[idx] = [x * 2 for x in nums]
    say("Py: Exit...")
    timeline.mark("exit")


def say(line: str) -> None:
    """Print ``line`` in one write, at once.

    ``print`` writes the text and the end of the line apart where stdout is unbuffered, and the other thread's
    line gets in between; where it is buffered, everything comes after the lines that Rust writes.
    """
    if sys.stdout is not None:  # the process was started without one
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def observed_order(events: Iterable[Event], threads: Mapping[int, str]) -> list[str]:
    """Return the steps that ``events`` stand for, in their order."""
    keys = ((threads[event.thread], event.label) for event in events)
    return [_STEPS[key] for key in keys if key in _STEPS]


def judge(
    py: Mapping[str, int], rust: Mapping[str, int], *, sleep_ns: int, gil_enabled: bool
) -> tuple[bool, str]:
    """Return whether a run proves anything, and what, in one sentence.

    ``py`` and ``rust`` have the ns of each label of the thread's events. The sleep has to have ended where
    the order tells something, and what the order tells has to agree with the state of the GIL.
    """
    if not rust["attached"] < py["sleep"] + sleep_ns < rust["exit"]:
        flaw = "the Python thread's sleep did not end while the Rust thread was attached"
    elif py["exit"] < rust["acquire"]:
        flaw = "the Python thread was done before the Rust thread went to sleep attached"
    elif gil_enabled and rust["exit"] < py["woke"]:
        return True, (
            "This run proves that the GIL is on: the Python thread's sleep ended while the Rust thread was"
            " attached, but it came back only after the Rust thread had left."
        )
    elif not gil_enabled and py["exit"] < rust["exit"]:
        return True, (
            "This run proves that there is no GIL: the Python thread came back from its sleep and finished"
            " while the Rust thread was attached and asleep."
        )
    elif gil_enabled:
        flaw = "the GIL is on, and yet the Python thread came back while the Rust thread was attached"
    else:
        flaw = "there is no GIL, and yet the Python thread was not done before the Rust thread had left"
    return False, f"This run proves nothing ({flaw}): the machine may be too busy, run it again."


def _run_both(first: Callable[[], None], second: Callable[[], None]) -> tuple[int, ...]:
    """Call each function in a thread of its own; return the threads' idents, or raise what one raised."""
    # The second thread is there before the first begins. A start takes its time on a busy machine, above all
    # on a free-threaded build: whoever waits for a lock there first yields up to 40 times (CPython's
    # Python/lock.c, MAX_SPIN_COUNT), and each time gives its turn to all others.
    begun = threading.Event()

    def begin() -> int:
        begun.set()
        first()
        return threading.get_ident()

    def follow() -> int:
        begun.wait()
        second()
        return threading.get_ident()

    # A pool each: its thread lives until the shutdown, so no two of them can be the same or share an ident.
    pools = [ThreadPoolExecutor(1, thread_name_prefix=__name__) for _ in range(2)]
    try:
        futures = [pool.submit(call) for pool, call in zip(pools, (follow, begin), strict=True)]
        pending: set[Future[int]] = set(futures)
        while pending:
            # In slices, because on Windows Ctrl-C does not end a wait without a timeout.
            done, pending = wait(pending, timeout=0.1, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
    finally:
        begun.set()  # if there is no first thread, the second must not wait for it for ever
        for pool in pools:
            pool.shutdown(wait=False)
    return tuple(future.result() for future in reversed(futures))
