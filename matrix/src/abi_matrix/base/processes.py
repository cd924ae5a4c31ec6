"""Other programs, run to their end in an environment that does not steer pip, uv or Python."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATIENCE = 120.0
"""Seconds after which a program counts as hanging."""
_STEERING = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX")
# Where things are kept and how the network is reached; neither changes which file is chosen.
_KEPT = {
    "PIP_CERT", "PIP_CACHE_DIR", "UV_CACHE_DIR", "UV_CONCURRENT_DOWNLOADS",
    "UV_DEFAULT_INDEX", "UV_HTTP_TIMEOUT", "UV_INDEX_URL",
    "UV_NATIVE_TLS", "UV_OFFLINE", "UV_PYTHON_INSTALL_DIR", "UV_SYSTEM_CERTS",
}  # fmt: skip


def run(
    *command: str | Path,
    cwd: Path | str | None = None,
    patience: float = PATIENCE,
    env: Mapping[str, str] | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
) -> subprocess.CompletedProcess[str]:
    """Run a command, in the plain environment or in ``env``, and keep what it prints.

    After ``patience`` seconds it is killed with all that it has started; that is a failure like another,
    and the last line of stderr says so. Raises OSError if there is no such command.
    """
    # Files, not pipes: what a killed command has started may hold a pipe open for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [*map(str, command)], env=plain_environment() if env is None else env, cwd=cwd, stdin=stdin,
            stdout=out, stderr=err, start_new_session=True,
        )  # fmt: skip
        late = ""
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            late = f"\ndid not end within {patience:g} s\n"
        finally:  # Ctrl-C does not reach another session
            _end(process)
        out.seek(0)
        err.seek(0)
        said = decoded(out.read()), decoded(err.read()) + late
        return subprocess.CompletedProcess(command, process.returncode, *said)


def decoded(output: bytes) -> str:
    """Return the text of what a program has printed, whatever bytes and line ends that has.

    cargo, git, maturin and uv print UTF-8 on every system. Python's own default is the encoding of the
    locale: on Windows cp1252, which has no character for some bytes of maturin's messages.
    """
    return output.decode("utf-8", "replace").replace("\r\n", "\n")


def lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what a failed command said, on stderr if anywhere, without empty lines; at least its status."""
    for text in (result.stderr, result.stdout):
        if said := [line.strip() for line in text.splitlines() if line.strip()]:
            return said
    return [f"status {result.returncode}"]


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that a failed command said, which is where most say why."""
    return lines(result)[-1]


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
