"""Hold what an instrument says of a call against what the call says itself.

`nox -s bench-instruments` runs it with each interpreter, where gil-demo, the loads of crates/hazards and, as
far as they can be installed, the peers are: `python -I instruments.py MEASURE SECONDS` prints JSON.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import gil_hazards as hazards

import gil
from gil.instruments.probe import Kind, measure

if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[[float], float]

LOADS: dict[str, Load] = {
    "sleep": hazards.load_sleep,
    "spin": hazards.load_spin,
    "detached": hazards.load_compute_detached,
    "10 ms": lambda seconds: hazards.load_periodic(seconds, 0.01),
    "1 ms": lambda seconds: hazards.load_periodic(seconds, 0.001),
    "0.1 ms": lambda seconds: hazards.load_periodic(seconds, 0.0001),
    "1 ms, sleep": lambda seconds: hazards.load_periodic(seconds, 0.001, sleep=True),
    "releases": hazards.load_short_releases,
    "locks": hazards.load_lock_waits,
    "nested": hazards.load_nested_attach,
}
"""Calls that return for what share of their time they were attached, by their own clock."""

_BLOCK = b"x" * 1_000_000


def _python() -> int:
    return sum(number & 3 for number in range(100_000))


def _sha256() -> bytes:
    return hashlib.sha256(_BLOCK * 8).digest()


CALLS: dict[str, Callable[[], object]] = {"pure Python": _python, "sha256": _sha256}
"""What is timed with and without a sampler: some milliseconds each, attached and detached."""

JUDGED = {"10 ms": (0.01, 0.1), "100 us": (0.0001, 0.9)}
"""How long the calls last that are judged, and how many seconds a probe is given; it may take some more."""
_TIMES = 10


def shares(seconds: float) -> dict[str, list[float]]:
    """Return by load what share it says that it was attached, and what share the sampler saw."""
    found = {}
    for name, load in LOADS.items():
        sampler = gil.Sampler()
        truth = load(seconds)
        seen = sampler.stop()
        found[name] = [truth, seen.attached / max(1, seen.samples)]
    return found


def cost(seconds: float) -> dict[str, Any]:
    """Return which part of a core the sampler takes, and by which method, while its thread sleeps."""
    sampler = gil.Sampler()
    begun, used = time.perf_counter(), time.process_time()
    time.sleep(seconds)
    core = (time.process_time() - used) / (time.perf_counter() - begun)
    return {"core": core, "method": sampler.stop().method}


def slowdown(seconds: float) -> dict[str, float]:
    """Return how many times as long calls take with a sampler as without: the median of paired rounds.

    What counts is the processor time of the thread, of which other programs take nothing.
    """
    return {name: _slowdown(call, seconds / len(CALLS)) for name, call in CALLS.items()}


def judged(_seconds: float) -> dict[str, list[float]]:
    """Return by length of a call how long a probe takes, how often it is right, and of how many."""
    found = {}
    for name, (length, seconds) in JUDGED.items():
        took, right = [], 0
        for _ in range(_TIMES):
            for call, attached in ((gil.hold, True), (gil.release, False)):
                begun = time.perf_counter()
                seen = measure(call, (length,), seconds=seconds)
                took.append(time.perf_counter() - begun)
                right += seen.verdict != Kind.UNKNOWN and (seen.attached_share > 0.5) is attached  # noqa: PLR2004
        found[name] = [statistics.median(took), right, len(took)]
    return found


def _slowdown(call: Callable[[], object], seconds: float) -> float:
    ratios = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        first = _timed(call)
        sampler = gil.Sampler()
        sampled = _timed(call) + _timed(call)
        sampler.stop()
        ratios.append(sampled / (first + _timed(call)))
    return statistics.median(ratios)


def _timed(call: Callable[[], object]) -> float:
    begun = time.thread_time()
    call()
    return time.thread_time() - begun


def gilknocker(seconds: float) -> dict[str, list[float]]:
    """Return what gilknocker says, read when the call returns, as its users do."""
    from gilknocker import KnockKnock  # type: ignore[import-not-found] # noqa: PLC0415

    found = {}
    for name, load in LOADS.items():
        knocker = KnockKnock(1000)
        knocker.start()
        truth = load(seconds)
        found[name] = [truth, knocker.contention_metric]
        knocker.stop()
    return found


def ptime(seconds: float) -> dict[str, list[float]]:
    """Return the ratio of parallel to serial time that ptime measures: 1 where two threads gain nothing.

    It cannot be less than 0.5: two threads gain no more than twice.
    """
    import ptime as peer  # type: ignore[import-not-found] # noqa: PLC0415

    found = {}
    for name, load in LOADS.items():
        truth = load(seconds)
        names = {"load": load, "seconds": seconds}
        serial = peer.time_exec_serial("load(seconds)", names, {}, 2)
        found[name] = [truth, peer.time_exec_parallel("load(seconds)", names, {}, 2) / serial]
    return found


def main(arguments: list[str]) -> None:
    """Measure what the first argument names, or run a load alone for another process to look at."""
    measure, seconds, *load = arguments
    if load:
        print("begins", flush=True)
        print(LOADS[load[0]](float(seconds)))
    else:
        print(json.dumps(globals()[measure](float(seconds))))


if __name__ == "__main__":
    main(sys.argv[1:])
