"""Other programs: run to their end or for as long as they may, and what they said last.

Whatever reads the output of a program reads it with ``decoded``, or has one of these functions do it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING, Any

from matrix.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_HOUR = 3600.0  # no download and no build here takes so long


def decoded(output: bytes) -> str:
    """Return the text of what a program has printed, whatever bytes and line ends that has.

    cargo, git, maturin and uv print UTF-8 on every system. Python's own default is the encoding of the
    locale: on Windows cp1252, which has no character for some bytes of maturin's messages.
    """
    return output.decode("utf-8", "replace").replace("\r\n", "\n")


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


def run(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    deadline: float = _HOUR,
) -> subprocess.CompletedProcess[str]:
    """Run a command, in ``env`` or this process's own environment, and keep what it prints.

    After ``deadline`` seconds it is killed with all that it has started and that stayed in its session;
    that is a failure like another, and the last line of stderr says so. Raises OSError if there is no
    such command.
    """
    # Files, not pipes: what a killed command has started may hold a pipe open for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [*map(str, command)],
            env=env, cwd=cwd, stdin=stdin, stdout=out, stderr=err, start_new_session=True,
        )  # fmt: skip
        late = ""
        try:
            process.wait(deadline)
        except subprocess.TimeoutExpired:
            late = f"\ndid not end within {deadline:g} s\n"
        finally:  # Ctrl-C does not reach another session
            _end(process)
        out.seek(0)
        err.seek(0)
        said = (decoded(out.read()), decoded(err.read()) + late)
        return subprocess.CompletedProcess(command, process.returncode, *said)


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


def lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what a failed command said, on stderr if anywhere, without empty lines; at least its status."""
    for text in (result.stderr, result.stdout):
        if said := [line.strip() for line in text.splitlines() if line.strip()]:
            return said
    return [f"status {result.returncode}"]


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that a failed command said, which is where most say why."""
    return lines(result)[-1]


def mortal(*command: str, signal_: str = "TERM") -> tuple[str, ...]:
    """Return ``command`` so that it gets a signal when this process ends, also if this one is killed.

    It alone gets it. make hands SIGTERM on to its recipes; what these have started may still finish, a
    file's compilation say, but nothing new begins. To end all at once takes a namespace, and so root
    (workshop/containers/debian_image.py). Where there is no setpriv, the command is as it was.
    """
    return ("setpriv", f"--pdeathsig={signal_}", *command) if shutil.which("setpriv") else command


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
