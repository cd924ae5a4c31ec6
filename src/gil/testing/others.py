"""Other threads of the process: they can make Python code look as if it released the GIL."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gil.instruments.probe import Probe

# Others that had the GIL in turns with a call have used a processor for nearly as long as it has, and for
# more than this part of the time, even where a busy machine lets nobody run for long.
_AS_LONG, _PART = 0.5, 0.05
# Nanoseconds that a look takes: the thread that looks is no Python thread.
_LOOK = 10_000


class OtherThreads:
    """What other threads do from now on, besides those that measure."""

    def __init__(self) -> None:
        """Begin to look."""
        self._alive = threading.active_count() - 1
        self._begun = time.perf_counter_ns()
        self._own, self._others = self._used_ns()

    def may_have_taken_the_gil(self, probe: Probe) -> bool:
        """Whether other Python threads may have asked for the GIL, so that the call had to let go of it.

        A thread asks when it has waited for the switch interval. So a call that was never attached for nearly
        so long was not asked, nor one that let go far more often than once an interval.
        """
        if not probe.gil_enabled or not self._alive:
            return False
        took = time.perf_counter_ns() - self._begun
        own, others = self._used_ns()
        others -= self._others + probe.samples * _LOOK
        if others < max(_AS_LONG * (own - self._own), _PART * took):
            return False
        interval_ms = sys.getswitchinterval() * 1e3
        # Of calls shorter than that, the longest stretch says nothing: several in a row are one.
        if probe.call_ms > interval_ms / 2 > probe.longest_attached_ms:
            return False
        return probe.releases < 2 * took / 1e6 / interval_ms

    def _used_ns(self) -> tuple[int, int]:
        """Return for how long this thread, and all others, have had a processor."""
        own = time.thread_time_ns()
        return own, time.process_time_ns() - own
