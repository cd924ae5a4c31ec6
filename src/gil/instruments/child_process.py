"""Processes that what is measured runs in, because it may crash, exit or never return."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

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
    text: str = "",
    tell: Callable[[float], None] | None = None,
    step: float,
    **options: Any,  # noqa: ANN401 - those of Popen
) -> int | None:
    """Run a command that reads ``text``; return its exit code, or None if it had to be ended.

    That is so after ``timeout`` seconds. ``tell`` is called every ``step`` seconds with how many have gone;
    ``options`` are those of ``subprocess.Popen``. When this returns or raises, the process has ended, and on
    POSIX what it has started, too.
    """
    begun = time.monotonic()
    written: bytes | None = text.encode()
    with subprocess.Popen(command, stdin=subprocess.PIPE, **_group(), **options) as process:
        try:
            while (gone := time.monotonic() - begun) < timeout:
                try:
                    process.communicate(written, timeout=min(step, timeout - gone))
                except subprocess.TimeoutExpired:
                    written = None  # the first time has seen to all of it
                    if tell:
                        tell(time.monotonic() - begun)
                else:
                    return process.returncode
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
