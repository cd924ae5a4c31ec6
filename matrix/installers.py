"""pip and uv as a user runs them, whatever this machine's settings say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from uv import find_uv_bin

from matrix import processes
from matrix.errors import UserError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

# Where things are kept and how the network is reached; neither changes what is chosen.
_KEPT = {
    "UV_CACHE_DIR", "UV_PYTHON_INSTALL_DIR", "UV_OFFLINE", "UV_HTTP_TIMEOUT", "UV_CONCURRENT_DOWNLOADS",
    "UV_SYSTEM_CERTS", "UV_NATIVE_TLS", "UV_DEFAULT_INDEX", "UV_INDEX_URL",
}  # fmt: skip
_PATIENCE = 120.0  # seconds


def environment(**more: str) -> dict[str, str]:
    """Return the environment without what steers pip, uv or Python, whose output is then UTF-8."""
    steering = ("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    kept = {name: os.environ[name] for name in _KEPT & os.environ.keys()}
    return {**plain, **kept, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **more}


def path(tools: Path) -> str:
    """Return PATH with the folder ``tools`` first."""
    return os.pathsep.join([str(tools), os.environ["PATH"]])


def uv(*arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run uv, without any configuration file."""
    return run(find_uv_bin(), "--no-config", *arguments, env=env)


def run(
    *command: str | Path, env: Mapping[str, str] | None = None, cwd: Path | str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in the plain environment and ``env``, and keep what it prints."""
    return processes.run(*command, env=environment(**(env or {})), cwd=cwd)


def try_out(*command: str | Path, cwd: Path | str) -> subprocess.CompletedProcess[str]:
    """Run a command likewise that loads what was just built, and so may hang: not longer than two minutes."""
    return processes.run(*command, env=environment(), cwd=cwd, deadline=_PATIENCE)


def fresh(interpreter: Path | str, folder: Path) -> Path:
    """Make a virtual environment in ``folder``, and return its Python; raises UserError if uv cannot."""
    made = uv("venv", "--quiet", "--clear", f"--python={interpreter}", folder)
    if made.returncode:
        raise UserError(f"uv could not make an environment with {interpreter}: {made.stderr.strip()}")
    return python_of(folder)


def python_of(venv: Path) -> Path:
    """Return the path of the interpreter in a virtual environment: Windows has another folder for it."""
    return venv / ("Scripts" if os.name == "nt" else "bin") / "python"
