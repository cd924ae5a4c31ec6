"""The attached share where no thread's state can be read: from what another Python thread gets done.

With a switch interval of 100 s nobody is asked to let go, so that another thread comes to its turn only while
the call has let go by itself. It needs a GIL.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from dataclasses import dataclass

from gil.instruments.gil_state import gil_enabled

METHOD = "switch interval"
_NEVER_ASKED = 100.0
_TICK = 0.0002
_UNDISTURBED = 40
_START_DEADLINE = 30.0
# A tick this many times later than undisturbed ones is one that had to wait.
_LATE = 3


@dataclass(frozen=True)
class Ticks:
    """What the ticker got done, told as a sampler tells it; see ``gil.Samples``."""

    start_ns: int
    end_ns: int
    moments: tuple[int, ...]
    usual_ns: int
    """How far apart ticks are if nobody has the GIL."""
    method: str = METHOD
    longest_start_ns: int = 0
    longest_line: None = None
    missed: int = 0
    spans_left_out: int = 0

    @property
    def samples(self) -> int:
        """How many ticks there would have been in the whole time."""
        return max(round((self.end_ns - self.start_ns) / self.usual_ns), 1)

    @property
    def attached(self) -> int:
        """How many of them there were not."""
        waited = sum(end - start for start, end, attached in self.spans() if attached)
        return round(self.samples * waited / max(self.end_ns - self.start_ns, 1))

    @property
    def releases(self) -> int:
        """How often a tick came after one that had to wait."""
        spans = self.spans()
        return sum(before[2] and not after[2] for before, after in itertools.pairwise(spans))

    @property
    def longest_ns(self) -> int:
        """The longest time without a tick, less the time between two ticks."""
        return max((end - start for start, end, attached in self.spans() if attached), default=0)

    def spans(self) -> list[tuple[int, int, bool]]:
        """Return ``(start_ns, end_ns, attached)`` of the times with ticks and of those without."""
        spans: list[tuple[int, int, bool]] = []
        last = self.start_ns
        for moment in (*self.moments, self.end_ns):
            waited = moment - last > _LATE * self.usual_ns
            start = last if waited or not spans or spans[-1][2] else spans.pop()[0]
            spans.append((start, moment, waited))
            last = moment
        return spans


class Ticker:
    """A Python thread that ticks while the thread that made it has let go; it stands in for ``gil.Sampler``.

    From ``begin`` to ``stop`` the switch interval, which is the whole process's, is 100 s.

    Raises:
        RuntimeError: there is no GIL, so that the thread would tick whatever the call does.

    """

    method = METHOD

    def __init__(self) -> None:
        if not gil_enabled():
            raise RuntimeError("Without a GIL another thread's ticks say nothing about a call.")
        self._moments: list[int] = []
        self._begun = 0
        self._usual_ns = 0
        self._ended = False
        self._ticks: Ticks | None = None
        self._ready = threading.Event()
        self._interval = sys.getswitchinterval()
        self._thread = threading.Thread(target=self._tick, name="gil.probe ticker", daemon=True)

    def begin(self) -> None:
        """Start the thread, learn how fast it ticks undisturbed, and ask for no more turns."""
        self._thread.start()
        if not self._ready.wait(_START_DEADLINE):
            raise RuntimeError(f"A thread did not come to tick within {_START_DEADLINE:.0f} s.")
        # Not statistics.median: every `gil probe` would wait for what that imports, a seventh of its start.
        gaps = sorted(b - a for a, b in itertools.pairwise(self._moments[:_UNDISTURBED]))
        self._usual_ns = gaps[len(gaps) // 2]
        sys.setswitchinterval(_NEVER_ASKED)
        self._begun = time.perf_counter_ns()

    def _tick(self) -> None:
        while not self._ended:
            time.sleep(_TICK)
            self._moments.append(time.perf_counter_ns())
            if len(self._moments) == _UNDISTURBED:
                self._ready.set()

    def stop(self) -> Ticks:
        """End the thread, restore the switch interval, and return what was seen; again: the same."""
        if self._ticks is None:
            ended = time.perf_counter_ns()
            sys.setswitchinterval(self._interval)
            self._ended = True
            if self._thread.ident is not None:
                self._thread.join()
            moments = tuple(moment for moment in self._moments if self._begun < moment < ended)
            self._ticks = Ticks(self._begun, ended, moments, self._usual_ns)
        return self._ticks
