"""Other threads of the process: they can make Python code look as if it released the GIL."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gil.instruments.probe import Probe

# For this part of the time others have to be on a processor, before they can have had the GIL for long.
_BUSY = 0.2


class OtherThreads:
    """What other threads do from now on, besides those that measure."""

    def __init__(self) -> None:
        """Begin to look."""
        self._alive = threading.active_count() - 1
        self._begun, self._used = time.perf_counter_ns(), self._used_ns()

    def may_have_taken_the_gil(self, probe: Probe) -> bool:
        """Whether other Python threads may have asked for the GIL, so that the call had to let go of it.

        A thread asks when it has waited for the switch interval. So a call that was never attached for nearly
        so long was not asked, nor one that let go far more often than once an interval.
        """
        if not probe.gil_enabled or not self._alive:
            return False
        took = time.perf_counter_ns() - self._begun
        if self._used_ns() - self._used < _BUSY * took:
            return False
        interval_ms = sys.getswitchinterval() * 1e3
        # Of calls shorter than that, the longest stretch says nothing: several in a row are one.
        if probe.call_ms > interval_ms / 2 > probe.longest_attached_ms:
            return False
        return probe.releases < 2 * took / 1e6 / interval_ms

    def _used_ns(self) -> int:
        return time.process_time_ns() - time.thread_time_ns()
