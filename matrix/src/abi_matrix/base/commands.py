"""Other programs: run to their end, followed, written into a log, required to succeed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING, Any

from abi_matrix.base.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PATIENCE = 120.0
"""Seconds after which a program counts as hanging that neither builds nor downloads anything large."""
_HOUR = 3600.0  # no download and no build takes so long
_STEERING = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX")
# Where things are kept and how the network is reached; neither changes which file is chosen.
_KEPT = {
    "PIP_CERT", "PIP_CACHE_DIR", "UV_CACHE_DIR", "UV_CONCURRENT_DOWNLOADS",
    "UV_DEFAULT_INDEX", "UV_HTTP_TIMEOUT", "UV_INDEX_URL",
    "UV_NATIVE_TLS", "UV_OFFLINE", "UV_PYTHON_INSTALL_DIR", "UV_SYSTEM_CERTS",
}  # fmt: skip


def run(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    deadline: float = _HOUR,
) -> subprocess.CompletedProcess[str]:
    """Run a command, in this process's own environment or in ``env``, and keep what it prints.

    After ``deadline`` seconds it is killed with all that it has started; that is a failure like another,
    and the last line of stderr says so. Raises OSError if there is no such command.
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
        said = decoded(out.read()), decoded(err.read()) + late
        return subprocess.CompletedProcess(command, process.returncode, *said)


def succeed(*command: str | Path, or_say: str = "", **options: Any) -> str:  # noqa: ANN401 - those of `run`
    """Run a command, and return what it prints; raises UserError if it fails.

    In ``or_say``, ``{why}`` stands for the last line of what the command said, ``{said}`` for all of it, and
    ``{words}`` for all of it in one line.
    """
    result = run(*command, **options)
    if result.returncode:
        said = result.stderr.strip() or result.stdout.strip() or last_line(result)
        sentence = or_say or f"`{' '.join(map(str, command[:3]))}` failed: {{said}}"
        told = {"why": last_line(result), "words": " ".join(lines(result)), "said": said}
        raise UserError(re.sub(r"\{(why|words|said)\}", lambda word: told[word[1]], sentence))
    return result.stdout


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


def mortal(*command: str, signal: str = "TERM") -> tuple[str, ...]:
    """Return ``command`` so that it gets a signal when this process ends, also if this one is killed.

    It alone gets it. make hands SIGTERM on to its recipes; what these have started may still finish, a
    file's compilation say, but nothing new begins. Where there is no setpriv, the command is as it was.
    """
    return ("setpriv", f"--pdeathsig={signal}", *command) if shutil.which("setpriv") else command


def decoded(output: bytes) -> str:
    """Return the text of what a program has printed, whatever bytes and line ends that has.

    cargo, git, maturin and uv print UTF-8 on every system. Python's own default is the encoding of the
    locale: on Windows cp1252, which has no character for some bytes of maturin's messages.
    """
    return output.decode("utf-8", "replace").replace("\r\n", "\n")


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of what a failed command said, which is where most say why."""
    return lines(result)[-1]


def lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what a failed command said, on stderr if anywhere, without empty lines; at least its status."""
    for text in (result.stderr, result.stdout):
        if said := [line.strip() for line in text.splitlines() if line.strip()]:
            return said
    return [f"status {result.returncode}"]


def plain_environment(**more: str) -> dict[str, str]:
    """Return the environment without what steers pip, uv or Python, whose output is then UTF-8."""
    plain = {
        name: value for name, value in os.environ.items() if name in _KEPT or not name.startswith(_STEERING)
    }
    return {**plain, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **more}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
