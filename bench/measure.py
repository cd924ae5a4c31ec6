"""Time the same functions of several extension modules in this process, side by side.

`nox -s bench` runs it with each interpreter: `python -I measure.py ROUNDS gil=FILE c=FILE ...` loads each
FILE, an extension module, and prints as JSON how many seconds a call took, by call, round and name. It
needs nothing but the standard library and those files.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
import time
import timeit
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

# The processor time of this thread: what other programs take of the processor does not count. On Windows
# that clock moves only every 16 ms.
CLOCK = time.perf_counter if sys.platform == "win32" else time.thread_time


class Case(NamedTuple):
    """A call to measure, of a function that every module has."""

    label: str
    function: str
    argument: Any
    unrolled: int
    """How often the call stands in the body of the loop, so that the loop itself hardly counts."""
    share: float = 1
    """The part of the rounds that is run: long calls need fewer."""


FIRST = 10_000
"""The least of the numbers to convert. Smaller ones every interpreter has ready (3.15 those up to 1,024)."""
CASES = (
    Case("release(0)", "release", 0, 20),
    Case("hold(0)", "hold", 0, 20),
    Case("convert, 1,000 ints", "convert", list(range(FIRST, FIRST + 1_000)), 1),
    Case("convert, 1,000,000 ints", "convert", list(range(FIRST, FIRST + 1_000_000)), 1, share=0.1),
)
STRETCH = 200e-6
"""Seconds of calls between two readings of the clock: short enough to come through undisturbed."""


def load(file: Path) -> ModuleType:
    """Import the extension module in ``file`` without a place in ``sys.modules``: two may have one name."""
    name = file.name.partition(".")[0]
    loader = importlib.machinery.ExtensionFileLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None  # noqa: S101 - for the type checker: there is a loader
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def timer(function: Callable[[Any], object], case: Case) -> timeit.Timer:
    """Return a timer of ``function`` called with the argument of ``case``, both in local variables."""
    names = {"function": function, "argument": case.argument}
    body = "\n".join(["call(value)"] * case.unrolled)
    return timeit.Timer(body, "call = function; value = argument", timer=CLOCK, globals=names)


def loops(timer: timeit.Timer) -> int:
    """Return how many loops of ``timer`` last a stretch."""
    timer.timeit(1)  # the first is slow
    number = 1
    while (seconds := timer.timeit(number)) < STRETCH / 4:
        number *= 2
    return max(1, round(number * STRETCH / seconds))


def measure(
    functions: Mapping[str, Callable[[Any], object]], case: Case, rounds: int
) -> dict[str, list[float]]:
    """Return the seconds that a call of each function took, by name, one number a round.

    In each round every function has two turns: all in one order, then in the opposite one, so that what
    gets slower or faster during the round does so for all. Each round begins with another function.
    """
    timers = [(name, timer(function, case)) for name, function in functions.items()]
    number = loops(timers[-1][1])
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        turns = [*timers, *reversed(timers)]
        seconds = dict.fromkeys(functions, 0.0)
        for name, its in turns:
            seconds[name] += its.timeit(number)
        for name, total in seconds.items():
            taken[name].append(total / (2 * number * case.unrolled))
        timers.append(timers.pop(0))
    return taken


def main(arguments: list[str]) -> None:
    """Measure all cases."""
    rounds, *named = arguments
    modules = {name: load(Path(file)) for name, _, file in (word.partition("=") for word in named)}
    results = {}
    for case in CASES:
        functions = {name: getattr(module, case.function) for name, module in modules.items()}
        results[case.label] = measure(functions, case, max(1, round(int(rounds) * case.share)))
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1:])
