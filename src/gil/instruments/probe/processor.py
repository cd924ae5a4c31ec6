"""How long a thread has run, and how long it has waited for a processor."""

from __future__ import annotations

import sys
import time
from pathlib import Path

# Linux: nanoseconds on a processor (as of the last tick), nanoseconds ready to run without one, turns.
_SCHEDULED = Path("/proc/thread-self/schedstat")


def used_ns() -> tuple[int, int]:
    """Return how long the calling thread has run, and for how long it was ready to run without a processor.

    The latter is 0 where the system does not tell it. On a busy machine a thread waits for a processor; that
    is no wait of the call, and on Linux it is not taken for one.
    """
    return time.thread_time_ns(), _ready_ns()


def _ready_ns() -> int:
    if sys.platform != "linux":  # where the file may be there all the same: Wine shows it to Windows' Python
        return 0
    try:
        return int(_SCHEDULED.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):  # another system, or a kernel that does not count
        return 0
