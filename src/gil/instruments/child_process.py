"""Processes that what is measured runs in, because it may crash, exit or never return."""

import contextlib
import os
import signal
import subprocess
import sys

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
