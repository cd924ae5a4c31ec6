"""Processes that what is measured runs in, because it may crash, exit or never return."""

import contextlib
import os
import signal
import subprocess
import sys


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group, with all that it has started; on Windows the process alone."""
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left
        os.killpg(process.pid, signal.SIGKILL)


def signal_name(number: int) -> str:
    """Return what to call a signal; those for real time have only a number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
