"""Other programs in this process's own environment: followed, written into a log, required to succeed."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import IO, TYPE_CHECKING, Any

from abi_matrix.base import processes
from abi_matrix.base.errors import UserError
from abi_matrix.base.processes import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_HOUR = 3600.0  # no download and no build takes so long


def follow(each: Callable[[str], object], *command: str | Path, **options: Any) -> int:  # noqa: ANN401 - its own
    """Run a command, call ``each`` with every line that it prints, when it does, and return its status.

    ``options`` are those of ``subprocess.Popen``. Raises OSError if there is no such command.
    """
    with subprocess.Popen(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    ) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        for line in process.stdout:
            each(decoded(line).rstrip())
    return process.returncode


def logged(log: Path, *command: str | Path, **options: Any) -> int:  # noqa: ANN401 - its own
    """Run a command to its end, write all that it prints into the file ``log``, and return its status.

    It reads nothing. ``options`` are those of ``subprocess.run``. Raises OSError if there is no such command.
    """
    with log.open("wb") as output:
        return subprocess.run(
            [*map(str, command)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False, **options,
        ).returncode  # fmt: skip


def run(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    deadline: float = _HOUR,
) -> subprocess.CompletedProcess[str]:
    """Run a command as `processes.run` does, in ``env`` or this process's own environment."""
    return processes.run(
        *command, env=os.environ if env is None else env, cwd=cwd, stdin=stdin, patience=deadline
    )


def succeed(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    or_say: str = "",
) -> str:
    """Run a command, and return what it prints; raises UserError, which may be ``or_say``, if it fails."""
    result = run(*command, env=env, cwd=cwd)
    if result.returncode:
        said = result.stderr.strip() or result.stdout.strip()
        raise UserError(or_say or f"`{' '.join(map(str, command[:3]))}` failed: {said}")
    return result.stdout


def mortal(*command: str, signal: str = "TERM") -> tuple[str, ...]:
    """Return ``command`` so that it gets a signal when this process ends, also if this one is killed.

    It alone gets it. make hands SIGTERM on to its recipes; what these have started may still finish, a
    file's compilation say, but nothing new begins. Where there is no setpriv, the command is as it was.
    """
    return ("setpriv", f"--pdeathsig={signal}", *command) if shutil.which("setpriv") else command
