"""Calls in a row with something that watches them."""

from __future__ import annotations

import collections
import functools
import itertools
import operator
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gil import ready_ns
from gil.instruments.gil_state import gil_enabled
from gil.instruments.probe.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Span = tuple[int, int, bool]

# So much later than it should, a busy machine may let a thread go, or have it back.
_LATE_NS = 30_000_000
# A call that is detached for more than this part of its time without having been asked lets go by itself.
_OWN = 0.01
# After a call, its caller may give way and wait for so long; what remains then is less than this part.
_TAIL_NS = 10_000_000
_TAIL = 0.02
# Of the switch interval: the clocks of two threads differ.
_PATIENCE = 0.9


class Seen(Protocol):
    """What a sampler saw: ``gil.Samples``, or the same told by a ticker."""

    @property
    def method(self) -> str:
        """How it looked."""

    @property
    def start_ns(self) -> int:
        """When it began."""

    @property
    def end_ns(self) -> int:
        """When it ended."""

    @property
    def samples(self) -> int:
        """How often it looked."""

    @property
    def attached(self) -> int:
        """How often the thread was attached then."""

    @property
    def releases(self) -> int:
        """How often it was seen to let go."""

    @property
    def longest_ns(self) -> int:
        """The longest time attached in one go."""

    @property
    def longest_start_ns(self) -> int:
        """When that began."""

    @property
    def longest_line(self) -> tuple[str, int, str] | None:
        """The line of Python in which that was: file, number, function."""

    @property
    def missed(self) -> int:
        """How many of the samples were due, and not taken."""

    @property
    def spans_left_out(self) -> int:
        """How many runs of equal samples there is no span of."""

    def spans(self) -> list[Span]:
        """Return the runs of equal samples."""


class Sampling(Protocol):
    """A sampler at work on the thread that made it."""

    def stop(self) -> Seen:
        """End it, and return what it saw."""


class Knocking(Protocol):
    """A knocker at work: ``gil.Knocker``."""

    def stop(self) -> list[tuple[int, int, int]]:
        """End it, and return its knocks."""


@dataclass(frozen=True)
class Watchers:
    """What makes those that watch some calls; None where nobody does."""

    sampler: Callable[[], Sampling] | None
    knocker: Callable[[], Knocking] | None = None


@dataclass(frozen=True)
class Knock:
    """A thread that asked for its turn, and when it got it: nanoseconds of ``perf_counter_ns()``."""

    asked_ns: int
    got_ns: int
    left_ns: int


@dataclass(frozen=True)
class Batch:
    """Calls in a row: when they began and ended, and what was seen then and around it."""

    calls: int
    begun_ns: int
    ended_ns: int
    busy_ns: int
    """For how long of that the thread ran, or could have run."""
    waited_ns: int
    """For how long of that it waited for a processor; 0 where the system does not tell."""
    seen: Seen | None
    knocks: tuple[Knock, ...] = ()
    value: Any = None
    patience_ns: float = 0
    """How long a knock waits before the thread is asked to let go: with a GIL nearly the switch interval."""

    @property
    def took_ns(self) -> int:
        """How long they took together."""
        return self.ended_ns - self.begun_ns

    @property
    def own_ns(self) -> int:
        """How long they would have taken, at most, if nothing else ran on the machine and nobody knocked."""
        return max(self.took_ns - self.waited_ns - self._knocked_ns, 0)

    @property
    def _knocked_ns(self) -> int:
        """For how long the thread was detached while a knock had its turn.

        A busy machine may keep whoever knocks from going on when it has the GIL, or has stopped the world.
        """
        detached = [span for span in self.spans if not span[2]]
        return sum(
            max(min(end, knock.left_ns) - max(start, knock.asked_ns), 0)
            for start, end, _ in detached
            for knock in self.knocks
        )

    @property
    def looks(self) -> int:
        """How many of the samples are of these calls, and were taken: on a busy machine some are only due."""
        if self.seen is None:
            return 0
        looks = self.seen.samples - self.seen.missed
        of = max(self.seen.end_ns - self.seen.start_ns, 1)
        return min(round(looks * self.took_ns / of), looks)

    @functools.cached_property
    def spans(self) -> tuple[Span, ...]:
        """When the thread was attached and when not, without gaps, from the first begin to the last end.

        Empty if the sampler saw more changes than it keeps. A moment counts for what the nearest sample saw,
        however often a busy machine let the sampler look.
        """
        spans = self.seen.spans() if self.seen else []
        if not spans or (self.seen and self.seen.spans_left_out):
            return ()
        cuts = [(earlier[1] + later[0]) // 2 for earlier, later in itertools.pairwise(spans)]
        within = [min(max(cut, self.begun_ns), self.ended_ns) for cut in cuts]
        bounds = [self.begun_ns, *within, self.ended_ns]
        states = [attached for _, _, attached in spans]
        return tuple(
            (start, end, attached)
            for (start, end), attached in zip(itertools.pairwise(bounds), states, strict=True)
            if start < end
        )

    @property
    def attached_share(self) -> float:
        """For what share of the calls' time the thread was attached, apart from what knocks did to it."""
        if self.seen is None:
            raise ValueError("nothing watched these calls")
        if not self.spans:
            return self.seen.attached / self.seen.samples
        asked = self._asked()
        attached = sum(end - start for start, end, on in self.spans if on)
        detached = sum(end - start for start, end, on in self.spans if not on)
        detached -= sum(end - start for start, end, _ in asked)
        return attached / (attached + detached) if attached + detached else 1.0

    @property
    def releases(self) -> int:
        """How often the thread was seen to let go in these calls without being asked."""
        if self.seen is None:
            return 0
        if not self.spans:
            return self.seen.releases
        changes = sum(before[2] and not after[2] for before, after in itertools.pairwise(self.spans))
        return max(changes - len(self._asked()), 0)

    @property
    def longest_attached_ns(self) -> int:
        """The longest time attached in one go that was seen, at most what a call takes."""
        if self.seen is None:
            return 0
        runs = [end - start for start, end, attached in self.spans if attached]
        longest = max(runs, default=0) if self.spans else self.seen.longest_ns
        # Between two calls nothing of the caller's own runs, so these look like one.
        return min(longest, self.took_ns // self.calls)

    def attached_after_ns(self, moment_ns: int) -> int:
        """For how long the thread was attached from that moment to the end."""
        if not self.spans:
            return max(self.ended_ns - moment_ns, 0)
        return sum(max(end - max(start, moment_ns), 0) for start, end, attached in self.spans if attached)

    def _asked(self) -> list[Span]:
        """Return the times detached that began because a knock asked for it.

        They begin when a knock has waited for as long as it takes to ask, or somewhat later, and end soon
        after it has left. Where there are others, the call lets go by itself, and need not be asked: then
        there are none, as any may be its own.
        """
        turns = [
            (asked, asked + _LATE_NS, knock.left_ns + _LATE_NS)
            for knock in self.knocks
            for asked in [knock.asked_ns + self.patience_ns]
        ]
        detached = [span for span in self.spans if not span[2]]
        due = [
            (start, end, attached)
            for start, end, attached in detached
            if any(asked <= start <= late and end <= back for asked, late, back in turns)
            or self._is_after_the_end(start, end)
        ]
        own = sum(end - start for start, end, _ in detached) - sum(end - start for start, end, _ in due)
        return [] if own > _OWN * self.took_ns else due

    def _is_after_the_end(self, start_ns: int, end_ns: int) -> bool:
        """Whether a time detached is that of the caller, who gave way when the call had ended.

        Next to nothing comes after it. On a busy machine the caller waits before it attaches again, so that
        the first sample that sees it detached, and with it the begin, may come after the knock has left.
        """
        return self.attached_after_ns(end_ns) < _TAIL * self.took_ns and any(
            knock.asked_ns + self.patience_ns <= start_ns <= knock.left_ns + _TAIL_NS
            and knock.got_ns <= end_ns <= knock.left_ns + _TAIL_NS
            for knock in self.knocks
        )


def call_once(
    func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], watchers: Watchers
) -> Batch:
    """Call it once while they watch. What it raises passes through; nothing watches any more then."""
    if kwargs:
        func, args = functools.partial(func, *args, **kwargs), ()
    return _watched(lambda stop: [_loop(func, tuple(args), 1, stop)], watchers)[0]


def call_often(  # noqa: PLR0913, PLR0917 - a call, how often, and who watches
    func: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    calls: int,
    batches: int,
    watchers: Watchers,
) -> list[Batch]:
    """Call it ``calls`` times in each of so many batches, while the same watchers watch.

    A batch is a loop that is no Python code, and so never gives way to another thread itself: as if all of it
    were one call, another thread has to wait for the end, unless the call lets it in.
    """
    if kwargs:
        func, args = functools.partial(func, *args, **kwargs), ()

    def run(stop: Callable[[], Seen] | None) -> list[_Window]:
        return [_loop(func, tuple(args), calls, end) for end in [*[None] * (batches - 1), stop]]

    return _watched(run, watchers)


@dataclass(frozen=True)
class _Window:
    calls: int
    begun_ns: int
    ended_ns: int
    ran_ns: int
    ready_ns: int
    value: Any = None
    seen: Seen | None = None


def _loop(
    func: Callable[..., Any], args: tuple[Any, ...], calls: int, stop: Callable[[], Seen] | None
) -> _Window:
    arguments = itertools.repeat(args, calls)
    # Also the clocks are read within the loop at the end, and the sampler is stopped there: after it, Python
    # code gives way at once, and a sample of that would count for the end of the calls, too.
    ending = [(time.perf_counter_ns,), (time.thread_time_ns,), (ready_ns,), *([(stop,)] if stop else [])]
    everything = itertools.chain(itertools.starmap(func, arguments), itertools.starmap(operator.call, ending))
    ran, ready = time.thread_time_ns(), ready_ns()
    begun = time.perf_counter_ns()
    results = collections.deque(everything, maxlen=1 + len(ending))
    seen = results.pop() if stop else None
    ready, ran = results.pop() - ready, results.pop() - ran
    ended = results.pop()
    if operator.length_hint(arguments) or not results:
        raise StopIteration  # the call's own, which the loop took for its end
    return _Window(calls, begun, ended, ran, ready, results.pop() if calls == 1 else None, seen)


def _watched(run: Callable[[Callable[[], Seen] | None], list[_Window]], watchers: Watchers) -> list[Batch]:
    """Return what the watchers saw of the calls of ``run``, which stops the sampler after the last."""
    sampler = knocker = seen = None
    windows: list[_Window] = []
    knocks: list[tuple[int, int, int]] = []
    try:
        if watchers.knocker:
            knocker = watchers.knocker()
        if watchers.sampler:
            sampler = watchers.sampler()
            if isinstance(sampler, Ticker):
                sampler.begin()  # apart from its constructor, so that after Ctrl-C here it is stopped, too
        windows = run(None if sampler is None else sampler.stop)
    finally:
        try:
            if sampler is not None:
                seen = windows[-1].seen if windows else sampler.stop()
        finally:
            if knocker is not None:
                knocks = knocker.stop()
    patience = _PATIENCE * sys.getswitchinterval() * 1e9 if gil_enabled() else 0.0
    return [
        Batch(
            window.calls,
            window.begun_ns,
            window.ended_ns,
            window.ran_ns + window.ready_ns,
            min(window.ready_ns, window.ended_ns - window.begun_ns),
            seen,
            tuple(Knock(*each) for each in knocks),
            window.value,
            patience,
        )
        for window in windows
    ]


def knocks_within(batches: Sequence[Batch]) -> list[tuple[Knock, Batch]]:
    """Return the knocks that began during the calls of a batch."""
    return [
        (knock, batch)
        for batch in batches
        for knock in batch.knocks
        if batch.begun_ns <= knock.asked_ns < batch.ended_ns
    ]
