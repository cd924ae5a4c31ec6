"""How long a thread has waited for something else than a processor."""

from __future__ import annotations

import time
from pathlib import Path

# Linux: nanoseconds on a processor (as of the last tick), nanoseconds ready to run without one, turns.
_SCHEDULED = Path("/proc/thread-self/schedstat")


def busy_ns() -> int:
    """Return how long the calling thread has run or, where the system tells it, was ready to run.

    On a busy machine a thread that is ready to run waits for a processor. That is no wait of the call, and
    on Linux it is not taken for one.
    """
    return time.thread_time_ns() + _ready_ns()


def _ready_ns() -> int:
    try:
        return int(_SCHEDULED.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):  # another system, or a kernel that does not count
        return 0
