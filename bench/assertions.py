"""How often the assertions of ``gil.testing`` are wrong: ``python assertions.py --runs=1000``.

`nox -s bench-instruments -- --assertions RUNS` runs it with each interpreter. Each run asks both assertions
about one call of which it is known whether it releases the GIL. It may be asked in vain (`not measured`); one
wrong answer, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import os
import platform
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import gil
from gil.testing import NotMeasuredError, assert_holds_gil, assert_releases_gil

if TYPE_CHECKING:
    from collections.abc import Callable

_DATA = bytes(300_000)
# What is called, and whether it releases the GIL.
CALLS: dict[str, tuple[Callable[[], object], bool]] = {
    "gil.release(0.003)": (lambda: gil.release(0.003), True),
    "hashlib.sha256(300 kB)": (lambda: hashlib.sha256(_DATA), True),
    "gil.hold(0.003)": (lambda: gil.hold(0.003), False),
    "sum(range(20_000))": (lambda: sum(range(20_000)), False),
}
SPIN = "while True: pass"
# A process of its own ends when whoever has started it is gone, however that ended.
SPIN_BESIDE = "import os; parent = os.getppid()\nwhile os.getppid() == parent: sum(range(100_000))"


def verdict(assertion: Callable[..., object], call: Callable[[], object]) -> tuple[bool | None, object]:
    """Return whether it passes, or None if it could not measure, and what it says."""
    try:
        measured = assertion(call)
    except NotMeasuredError as error:
        return None, str(error)
    except AssertionError as error:
        return False, str(error)
    return True, measured


def series(runs: int, counted: Counter[tuple[str, str, str]]) -> None:
    """Count how often each assertion is right, wrong, and asked in vain on each call; Ctrl-C ends it."""
    with contextlib.suppress(KeyboardInterrupt):
        for name in itertools.islice(itertools.cycle(CALLS), runs):
            call, releases = CALLS[name]
            for assertion, right in ((assert_releases_gil, releases), (assert_holds_gil, not releases)):
                found, said = verdict(assertion, call)
                outcome = "not measured" if found is None else "right" if found is right else "wrong"
                counted[name, assertion.__name__, outcome] += 1
                if outcome == "wrong":
                    print(f"{assertion.__name__} is wrong of {name}: {said}", flush=True)


def main() -> int:
    """Print a line for each call and assertion."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, help="how often each assertion is asked")
    parser.add_argument(
        "--busy",
        choices=["process", "thread", "none"],
        default="process",
        help="where something is busy meanwhile: a process for each processor, or a thread of this one",
    )
    asked = parser.parse_args()
    loops = []
    if asked.busy == "process":
        loops = [subprocess.Popen([sys.executable, "-c", SPIN_BESIDE]) for _ in range(os.cpu_count() or 1)]
    elif asked.busy == "thread":
        threading.Thread(target=exec, args=(SPIN,), daemon=True).start()
    counted: Counter[tuple[str, str, str]] = Counter()
    begun = time.perf_counter()
    try:
        series(asked.runs, counted)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    seconds = (time.perf_counter() - begun) / max(counted.total(), 1)
    enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"{platform.python_version()}, GIL {'on' if enabled else 'off'}, busy: {asked.busy},", end=" ")
    print(f"{counted.total()} verdicts, {seconds:.2f} s each")
    outcomes = ("right", "wrong", "not measured")
    print(f"{'':24}{'':22}" + "".join(f"{outcome:>14}" for outcome in outcomes))
    for name, assertion in itertools.product(CALLS, (assert_releases_gil, assert_holds_gil)):
        counts = (counted[name, assertion.__name__, outcome] for outcome in outcomes)
        print(f"{name:24}{assertion.__name__:22}" + "".join(f"{count:14}" for count in counts))
    return int(any(outcome == "wrong" for _, _, outcome in counted))


if __name__ == "__main__":
    sys.exit(main())
