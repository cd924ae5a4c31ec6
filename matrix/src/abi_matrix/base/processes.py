"""Other programs, run to their end in an environment that does not steer pip, uv or Python."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 120.0
"""Seconds after which a program counts as hanging."""
_STEERING = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX")
# Where things are kept and how the network is reached; neither changes which file is chosen.
_KEPT = {
    "PIP_CERT", "PIP_CACHE_DIR", "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_HTTP_TIMEOUT", "UV_INDEX_URL",
    "UV_NATIVE_TLS", "UV_OFFLINE", "UV_PYTHON_INSTALL_DIR", "UV_SYSTEM_CERTS",
}  # fmt: skip


def run(
    *command: str | Path, cwd: Path | str | None = None, patience: float = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it prints.

    After ``patience`` seconds it is killed with all that it has started; that is a failure like another,
    and the last line of stderr says so. Raises OSError if there is no such command.
    """
    # Files, not pipes: what a killed command has started may hold a pipe open for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [*map(str, command)], env=_environment(), cwd=cwd, stdin=subprocess.DEVNULL, stdout=out,
            stderr=err, start_new_session=True,
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
        said = out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace") + late
        return subprocess.CompletedProcess(command, process.returncode, *said)


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that a failed command said, which is where most say why."""
    for text in (result.stderr, result.stdout):
        if said := [line.strip() for line in text.splitlines() if line.strip()]:
            return said[-1]
    return f"status {result.returncode}"


def _environment() -> dict[str, str]:
    plain = {
        name: value for name, value in os.environ.items() if name in _KEPT or not name.startswith(_STEERING)
    }
    return {**plain, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
