"""Probe while threads start and end at random, with forks and collections: no crash, no hang, no leak.

`nox -s bench-instruments -- --stress MINUTES` runs it with each interpreter: `python -I stress_instruments.py
SECONDS`. It fails with a traceback of all threads if nothing moves for a minute.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import gil_hazards as hazards

import gil
from gil.instruments.probe import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADS = (
    hazards.load_sleep,
    hazards.load_spin,
    hazards.load_short_releases,
    hazards.load_lock_waits,
    hazards.load_nested_attach,
    lambda seconds: hazards.load_periodic(seconds, 0.0001),
    lambda seconds: sum(range(int(seconds * 1e7))),
)
THREADS = 6
HANG = 60.0
"""Seconds after which this process hangs."""
CHILD = 10.0
"""Seconds after which a child hangs; beside a load of 60 one was seen to wait 4 seconds for a processor."""
LEAK = 30_000_000
"""Bytes by which the process may grow after the first tenth of its time."""

done = threading.Event()
counts = {
    "probes": 0,
    "of them by gil.probe": 0,
    "threads": 0,
    "knocks": 0,
    "children": 0,
    "children lost by Python": 0,
}
lock = threading.Lock()


def count(what: str, by: int = 1) -> None:
    """Count something that was done."""
    with lock:
        counts[what] += by


def probe(random: random.Random) -> None:
    """Probe a load as `gil.probe` does; or sample it alone, and end that in one of four ways.

    The interval of the latter is from a microsecond to a millisecond.
    """
    load, seconds = random.choice(LOADS), random.uniform(0.0001, 0.005)
    count("probes")
    if random.random() < 0.1:  # noqa: PLR2004 - it takes longer
        found = measure(load, (seconds,), seconds=random.uniform(0.001, 0.05))
        if not 0 <= found.confidence[0] <= found.confidence[1] <= 1:
            raise AssertionError(found)
        count("of them by gil.probe")
        return
    sampler = gil.Sampler(10 ** random.uniform(-6, -3))
    load(seconds)
    way = random.randrange(4)
    if way == 0:
        seen = sampler.stop()
        if not 0 <= seen.attached <= seen.samples or seen.end_ns < seen.start_ns:
            raise AssertionError(seen)
    elif way == 1:
        stopper = threading.Thread(target=sampler.stop)
        stopper.start()
        stopper.join()
    elif way == 2:  # noqa: PLR2004 - the third of four
        left_over.append(sampler)  # to be stopped by another thread, when this one has ended


left_over: list[gil.Sampler] = []


def come_and_go(seed: int) -> None:
    """Start threads that probe a few times and end."""
    own = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing

    def work() -> None:
        for _ in range(own.randrange(1, 4)):
            probe(own)

    while not done.is_set():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        count("threads")
        while left_over and own.random() < 0.5:  # noqa: PLR2004
            try:
                left_over.pop().stop()
            except IndexError:
                break


def knock() -> None:
    """Knock at the door of all others."""
    while not done.is_set():
        knocker = gil.Knocker(0.002)
        time.sleep(0.1)
        count("knocks", len(knocker.stop()))


def fork() -> None:
    """Fork while a sampler looks; a child that gets as far as Python code must stop it and end."""
    own = gil.Sampler(1e-5)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"begun ")
        own.stop()
        os.write(writing, b"stopped ")
        other = gil.Sampler(1e-5)
        os.write(writing, b"made ")
        other.stop()
        os._exit(0)
    os.close(writing)
    own.stop()
    deadline = time.monotonic() + CHILD
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > deadline:
            faulthandler.dump_traceback_later(10 * HANG, exit=True)  # gdb takes long on a busy machine
            tell(child)
            os.kill(child, 9)
            os.waitpid(child, 0)
            # One that has not come so far hangs in what Python itself does after a fork with threads.
            if said := os.read(reading, 99):
                raise AssertionError(f"a child hangs, which has {said.decode()}")
            count("children lost by Python")
            break
        time.sleep(0.001)
    os.close(reading)
    count("children")


def tell(child: int) -> None:
    """Print what each thread of a child that hangs waits for, where the system tells that, and gdb is there.

    It looks twice, a second apart: a thread that only waits for a processor has had some of its time by then.
    """
    print("a child hangs:")
    for _ in range(2):
        for task in Path(f"/proc/{child}/task").glob("*"):
            for name in ("stat", "wchan", "syscall", "schedstat"):
                with suppress(OSError):  # the thread has ended meanwhile
                    print(task.name, name, (task / name).read_text().strip(), flush=True)
        time.sleep(1)
    if gdb := shutil.which("gdb"):
        command = [gdb, f"--pid={child}", "--batch", "--nx", "-ex", "thread apply all backtrace 25"]
        subprocess.run(command, check=False)


def memory() -> int:
    """Return how many bytes the process has in memory, 0 where that is not known."""
    file = Path("/proc/self/statm")
    return int(file.read_text().split()[1]) * 4096 if file.exists() else 0


def native_threads() -> int:
    """Return how many threads the process has, those too that Python does not know."""
    tasks = Path("/proc/self/task")
    return len([*tasks.iterdir()]) if tasks.exists() else 1


def rounds(seconds: float) -> Iterator[float]:
    """Yield how much of the time is over, until it is; say so to whoever waits for a hang."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        faulthandler.dump_traceback_later(HANG, exit=True)
        yield passed / seconds
    faulthandler.dump_traceback_later(HANG, exit=True)


def fail(hook: threading.ExceptHookArgs) -> None:
    """Print what a thread has raised, and end the process."""
    threading.__excepthook__(hook)
    os._exit(1)


def main(seconds: float) -> None:
    """Do it all for so long, and say what was done."""
    threading.excepthook = fail
    warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads
    before = native_threads()
    threads = [threading.Thread(target=come_and_go, args=(seed,)) for seed in range(THREADS)]
    threads.append(threading.Thread(target=knock))
    for thread in threads:
        thread.start()
    warm = 0
    try:
        for passed in rounds(seconds):
            gc.collect()
            if hasattr(os, "fork"):
                fork()
            warm = warm if warm and passed > 0.1 else memory()  # noqa: PLR2004 - the first tenth
            time.sleep(0.02)
    finally:
        done.set()
    for thread in threads:
        thread.join()
    left_over.clear()
    faulthandler.cancel_dump_traceback_later()  # that has a thread of its own
    end = time.monotonic() + 10
    while native_threads() > before and time.monotonic() < end:
        time.sleep(0.01)
    gc.collect()
    grown = memory() - warm
    print(
        ", ".join(f"{number} {what}" for what, number in counts.items()), f"{grown / 1e6:+.1f} MB", sep=", "
    )
    if grown > LEAK or native_threads() > before:
        sys.exit(f"something leaks: {native_threads() - before} threads, {grown} bytes")


if __name__ == "__main__":
    main(float(sys.argv[1]))
