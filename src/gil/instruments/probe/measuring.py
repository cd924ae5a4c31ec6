"""A call made as often as it takes to judge it."""

from __future__ import annotations

import _thread
import math
import os
import sys
import threading
import time
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gil
from gil.instruments.gil_state import gil_enabled
from gil.instruments.probe import batch as batch_module
from gil.instruments.probe import judge
from gil.instruments.probe.batch import Batch, Watchers, call_often, call_once, knocks_within
from gil.instruments.probe.cost import detach_ns
from gil.instruments.probe.result import Kind, Probe
from gil.instruments.probe.share import Measured, Share, share
from gil.instruments.probe.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS = 1.0
PRECISION = 0.02
# Seconds: a batch has some 7 samples.
_BATCH = 0.01
_BATCHES = 5
# Seconds for one sampler, which keeps 4,096 changes.
_SAMPLER = 1.0
# Seconds between two samples; docs/benchmarks.md has their cost. Ten times as many slow a call by a tenth,
# and use a tenth of a core.
_SAMPLES = 1.5e-3
# Seconds between two knocks. Of a call that is made once, the time between them shows whether it lets go by
# itself.
_KNOCK_RARELY, _KNOCK_OFTEN, _KNOCK_AT_ONCE = 0.08, 0.005, 0.001
_KNOCK_BATCH = 0.06
_ALONE = 1.25
# A call that takes this part of the time there is needs no other. A wait for a processor is no part of it: it
# may last as long as many calls, attached all the time.
_LONG = 1 / 4
# The part of the time that is for samples, where knocks are wanted, too. These come after it in any case,
# even if all takes half as long again: without a knock nobody knows whether a call gives way.
_FOR_SAMPLES, _FOR_KNOCKS = 0.6, 1.5
# A clock that goes on in steps is asked about no fewer than so many.
_TICKS = 20
# The part of a stretch that has to be of the calls, for its line to be theirs.
_WITHIN = 0.9
_UNREADABLE = math.nan, (0.0, 1.0)

_forks = 0


def _count_fork() -> None:
    global _forks  # noqa: PLW0603 - the system has one such hook a process
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_count_fork, after_in_child=_count_fork)


@dataclass
class _Series:
    """What is known of a call so far."""

    func: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    seconds: float
    sampler: Callable[[], Any]
    first: Batch
    begun_ns: int
    repeated: list[Batch] = field(default_factory=list)
    """What a sampler watched after the first call."""
    knocked: list[Batch] = field(init=False)
    calls: int = 1
    """How many were made."""
    warm_ns: float = field(init=False)
    """How long one takes at least, as far as is known."""

    def __post_init__(self) -> None:
        self.knocked = [self.first]
        self.warm_ns = self.first.took_ns

    @property
    def sampled(self) -> list[Batch]:
        """What counts: the first call only if there is no other."""
        return self.repeated or [self.first]

    @property
    def call_ns(self) -> float:
        """The mean time of a call."""
        return sum(batch.took_ns for batch in self.sampled) / sum(batch.calls for batch in self.sampled)

    @property
    def share(self) -> Share | None:
        """The attached share, None if there is no sample."""
        seen = [
            Measured(batch.attached_share, batch.took_ns, batch.looks, batch.waited_ns)
            for batch in self.sampled
            if batch.seen and batch.seen.samples
        ]
        return share(seen) if any(batch.samples for batch in seen) else None

    def is_time_for(self, batch_ns: float, part: float) -> bool:
        """Whether calls that take so long end within that part of the time."""
        return time.perf_counter_ns() + batch_ns <= self.begun_ns + part * self.seconds * 1e9

    def calls_for(self, seconds: float) -> int:
        """How many calls take no longer than that."""
        return max(int(seconds * 1e9 / max(self.warm_ns, 20)), 1)

    def warm_up(self) -> None:
        """Learn how long a call takes; the first may have had to import or to fill caches."""
        # Where there is time for few calls, each of them counts.
        watched = self.first.took_ns >= _BATCH * 1e9
        [batch] = self.call_often(1, 1, Watchers(self.sampler if watched else None))
        if watched:
            self.repeated.append(batch)
        self.warm_ns = batch.took_ns
        # Step by step: of calls that become slower there must not be too many at once.
        while batch.calls < (wanted := self.calls_for(_BATCH / 5)):
            [batch] = self.call_often(min(wanted, 10 * batch.calls), 1, Watchers(None))
            self.warm_ns = batch.took_ns / batch.calls

    def sample(self, precision: float, part: float) -> None:
        """Repeat the call until its share is known to ``precision``, or that part of the time is up."""
        calls = self.calls_for(_BATCH)
        batch_ns = calls * self.warm_ns
        batches = _BATCHES
        while (known := self.share) is None or len(self.sampled) < _BATCHES or known.half_width > precision:
            if not self.is_time_for(batches * batch_ns, part):
                batches = 1
                if not self.is_time_for(batch_ns, part):
                    break
            self.repeated += self.call_often(calls, batches, Watchers(self.sampler))
            batches = max(int(_SAMPLER * 1e9 / batch_ns), 1)
        # The shortest: a busy machine makes calls longer, and never shorter.
        self.warm_ns = min(batch.took_ns / batch.calls for batch in self.sampled)

    def knock(self) -> None:
        """Repeat the call while another thread asks for its turn, until that tells enough."""
        # A call that lasts long enough is asked by itself: Python code that calls a native function gives way
        # before it does, and perhaps not during it.
        shortest = _ALONE * judge.time_to_answer_ns() / 1e9
        alone = self.warm_ns >= shortest * 1e9
        left = self.seconds - (time.perf_counter_ns() - self.begun_ns) / 1e9
        calls = 1 if alone else max(self.calls_for(min(left, _KNOCK_BATCH)), self.calls_for(shortest) + 1)
        interval = _KNOCK_AT_ONCE if alone else _KNOCK_OFTEN
        sampler = None if self.sampler is Ticker else self.sampler
        watchers = Watchers(sampler, lambda: gil.Knocker(interval))
        part = _FOR_KNOCKS
        while judge.gives_way(self.knocked) is None and self.is_time_for(calls * self.warm_ns, part):
            self.knocked += self.call_often(calls, 1, watchers)
            part = 1.0

    def call_often(self, calls: int, batches: int, watchers: Watchers) -> list[Batch]:
        """Make so many calls in each of so many batches."""
        made = call_often(self.func, self.args, self.kwargs, calls, batches, watchers)
        self.calls += calls * batches
        return made

    def knocks(self) -> list[int]:
        """Return how long each knock waited that had time to be answered before the end of a call, in ns."""
        due = judge.time_to_answer_ns()
        return [
            knock.got_ns - knock.asked_ns
            for knock, batch in knocks_within(self.knocked)
            if batch.ended_ns - knock.asked_ns >= due
        ]


def measure(  # noqa: PLR0913 - what a caller may want otherwise
    func: Callable[..., Any],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    seconds: float = SECONDS,
    precision: float = PRECISION,
    repeat: bool = True,
    knocks: bool = True,
    name: str | None = None,
) -> Probe:
    """Call ``func(*args, **kwargs)`` and say what that does to the GIL.

    A call that takes less than a quarter of ``seconds`` is repeated, until its attached share is known to
    ``precision`` (half the width of the interval at 95 %), for about ``seconds`` in all; then the first call
    counts only for its value. Where ``repeat`` is False, and where a call forks, leaves a thread behind, or
    returns a coroutine or a generator, there is only the first. Where ``knocks`` is False, no other thread
    asks for its turn, which takes less time; then it is not known whether a call lets go when asked.

    In a child that ``func`` forked, this returns too, with the value and the verdict "could not be measured".

    Raises:
        RuntimeError: this interpreter lets nobody see whether a thread is attached, and has no GIL either.
        ValueError: ``seconds`` or ``precision`` is not above 0. What ``func`` raises passes through, and then
            nothing is left running.

    """
    if not (0 < seconds < math.inf and precision > 0):
        raise ValueError(f"seconds and precision must be above 0, got {seconds:g} and {precision:g}.")
    cost = detach_ns()
    has_gil = gil_enabled()
    sampler = _sampler()
    forks, threads, started = _forks, set(threading.enumerate()), _threads()
    knocker = None if sampler is Ticker or not knocks else lambda: gil.Knocker(_KNOCK_RARELY)
    begun = time.perf_counter_ns()
    first = call_once(func, args, kwargs or {}, Watchers(sampler, knocker))
    series = _Series(func, args, kwargs or {}, seconds, sampler, first, begun + first.took_ns - first.own_ns)
    if sys.version_info < (3, 13):
        time.sleep(0.001)  # there a new thread counts when it comes to its turn, and not before
    alive = sum(thread.is_alive() for thread in set(threading.enumerate()) - threads)
    # What `_thread` starts is no thread of `threading`. Another one may have ended meanwhile.
    notes = _notes(first.value, _forks - forks, max(alive, _threads() - started))
    if repeat and not notes and first.own_ns < _LONG * seconds * 1e9:
        series.warm_up()
        series.sample(precision, _FOR_SAMPLES if knocks else 1.0)
        if knocks and _worth_knocking(series, cost):
            series.knock()
    return _probe(name or _name(func), has_gil, series, cost, tuple(notes))


def _threads() -> int:
    """Return how many threads run that Python code has started, those that `threading` does not know too."""
    return _thread._count()  # noqa: SLF001 - nothing public counts them


def _sampler() -> Callable[[], Any]:
    """Return what makes samplers here; raises RuntimeError if nothing can."""
    try:
        gil.Sampler(_SAMPLES).stop()
    except RuntimeError:
        if not gil_enabled():
            raise
        return Ticker
    return lambda: gil.Sampler(_SAMPLES)


def _worth_knocking(series: _Series, cost: float) -> bool:
    """Whether the verdict depends on what another thread is told that asks for its turn."""
    known = series.share
    if not gil_enabled() or known is None:
        return True
    return known.value > 1 - judge.WORTH_NAMING and series.call_ns >= judge.WORTH_DETACHING * cost


def _notes(value: object, forks: int, alive: int) -> list[str]:
    """Return why the call is not repeated, if it is not."""
    notes = []
    if forks:
        notes.append("The call forks, and so was made once; what its children do is not in these figures.")
    if alive:
        left = "a thread" if alive == 1 else f"{alive} threads"
        notes.append(
            f"The call left {left} running, and so was made once; the figures are of its own thread."
        )
    if isinstance(value, types.CoroutineType | types.GeneratorType | types.AsyncGeneratorType):
        made = type(value).__name__
        notes.append(
            f"The call only made a {made}: what that does is not in these figures; probe what runs it."
        )
    return notes


def _name(func: Callable[..., Any]) -> str:
    name = getattr(func, "__qualname__", None)
    if not isinstance(name, str):
        return repr(type(func).__qualname__) if callable(func) else repr(func)
    module = getattr(func, "__module__", None)
    return f"{module}.{name}" if isinstance(module, str) and module != "builtins" else name


def _probe(name: str, has_gil: bool, series: _Series, cost: float, notes: tuple[str, ...]) -> Probe:
    sampled = series.sampled
    known = series.share
    value, confidence = (known.value, (known.low, known.high)) if known else _UNREADABLE
    longest = max(sampled, key=lambda batch: batch.longest_attached_ns)
    knocks = series.knocks()
    wait_ns = _wait_ns(knocks, longest.longest_attached_ns, series.call_ns)
    facts = judge.Facts(
        name=name,
        gil_enabled=has_gil,
        attached_share=value,
        samples=sum(batch.looks for batch in sampled),
        releases=sum(batch.releases for batch in sampled),
        call_ns=series.call_ns,
        detach_ns=cost,
        longest_wait_ms=None if wait_ns is None else wait_ns / 1e6,
        off_processor_share=_off_processor(sampled),
        gives_way=judge.gives_way(series.knocked),
    )
    verdict, sentence, uncertain = judge.judge(facts)
    if has_gil and gil.build_info().free_threaded_build:
        uncertain += (
            "The GIL is on in this free-threaded build; `gil imports` names the modules that want it.",
        )
    first = series.first
    if verdict is Kind.UNKNOWN and notes:  # more samples would be no help
        sentence, notes = f"{name} could not be measured. {notes[0]}", notes[1:]
    shown = next((batch for batch in (first, *sampled) if batch.looks and batch.spans), first)
    return Probe(
        name=name,
        verdict=verdict,
        sentence=sentence,
        gil_enabled=has_gil,
        attached_share=value,
        confidence=confidence,
        longest_attached_ms=longest.longest_attached_ns / 1e6,
        line=_line(longest, sampled),
        releases=facts.releases,
        samples=facts.samples,
        calls=series.calls,
        call_ms=series.call_ns / 1e6,
        method=first.seen.method if first.seen else "",
        knocks=len(knocks),
        longest_wait_ms=facts.longest_wait_ms,
        off_processor_share=facts.off_processor_share,
        detach_us=cost / 1e3,
        waited_share=known.waited if known else 0.0,
        notes=(*notes, *uncertain),
        value=first.value,
        spans=shown.spans,
        spans_calls=shown.calls,
    )


def _line(batch: Batch, batches: Sequence[Batch]) -> str | None:
    """Return the line of Python in which the longest time attached of that batch was.

    None if the sampler tells none, or one of this package: between the batches, or where a native function
    was called. The file is spelled as imports find it.
    """
    seen = batch.seen
    if seen is None or seen.longest_line is None:
        return None
    start, end = seen.longest_start_ns, seen.longest_start_ns + seen.longest_ns
    windows = [(one.begun_ns, one.ended_ns) for one in batches if one.seen is seen]
    within = sum(max(min(end, ended) - max(start, begun), 0) for begun, ended in windows)
    file, number, function = seen.longest_line
    if within < _WITHIN * (end - start) or file == batch_module.__file__:
        return None
    folders = [folder for folder in map(Path, sys.path) if Path(file).is_relative_to(folder)]
    folder = max(folders, key=lambda folder: len(folder.parts), default=None)
    shown = Path(file).relative_to(folder).as_posix() if folder else file
    return f"{shown}:{number} in {function}"


def _wait_ns(knocks: Sequence[int], longest_ns: int, call_ns: float) -> float | None:
    """Return how long others wait for a call: at most for what is attached of it, and at most for all of it.

    What a knock waited beyond that comes from a busy machine.
    """
    if not knocks:
        return None
    return min(max(knocks), longest_ns, call_ns) if longest_ns else min(*knocks, call_ns)


def _off_processor(batches: Sequence[Batch]) -> float | None:
    """Return for what share of their time the calls waited for something else than a processor."""
    took = sum(batch.took_ns for batch in batches)
    if took < _TICKS * time.get_clock_info("thread_time").resolution * 1e9:
        return None  # Windows' clock goes on only every 16 ms
    return min(max(1 - sum(batch.busy_ns for batch in batches) / took, 0.0), 1.0)
