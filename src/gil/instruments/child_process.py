"""Processes that what is measured runs in, because it may crash, exit or never return."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FLAGS = {"isolated": "-I", "ignore_environment": "-E", "no_user_site": "-s"}


def interpreter(*names: str) -> list[str]:
    """Return the command that starts this interpreter again, with -P: the user's folder does not come first.

    Options that say where else it looks are passed on, and those of -X that have one of these ``names``, or
    all of them if there is none.
    """
    options = [option for flag, option in _FLAGS.items() if getattr(sys.flags, flag)]
    for name, value in sys._xoptions.items():  # noqa: SLF001 - documented for CPython
        if not names or name in names:
            options.append(f"-X{name}" if value is True else f"-X{name}={value}")
    return [sys.executable, "-P", *options]


def run(
    command: Sequence[str],
    timeout: float,
    *,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    tell: Callable[[float], None] | None = None,
    step: float,
    **options: Any,  # noqa: ANN401 - those of Popen
) -> int | None:
    """Run a command; return its exit code, or None if it had to be ended.

    That is so after ``timeout`` seconds. ``tell`` is called every ``step`` seconds with how many have gone;
    ``stdin`` and the other ``options`` are those of ``subprocess.Popen``, and none of them may be a pipe: it
    is not read from or written to. When this returns or raises, the process has ended, and on POSIX what it
    has started, too.
    """
    begun = time.monotonic()
    with subprocess.Popen(command, stdin=stdin, **_group(), **options) as process:
        try:
            while (gone := time.monotonic() - begun) < timeout:
                # Not communicate(), which waits for what is left of its timeout. Where the machine is busy
                # that may be less than nothing, and Python for Windows up to 3.11.8 and 3.12.2 then waits for
                # ever: https://github.com/python/cpython/issues/90872.
                try:
                    return process.wait(min(step, timeout - gone))
                except subprocess.TimeoutExpired:
                    if tell:
                        tell(time.monotonic() - begun)
        finally:
            _end(process)
    return None


def _group() -> dict[str, Any]:
    """Return what puts a process into a group of its own, which a terminal's Ctrl-C does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _end(process: subprocess.Popen[bytes]) -> None:
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
