"""Virtual environments, made by uv."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from uv import find_uv_bin

from abi_matrix.base import processes
from abi_matrix.base.errors import UserError


def scripts(venv: Path) -> Path:
    """Return the folder of an environment's commands, which Windows calls otherwise."""
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(venv)}))


def create(venv: Path, executable: Path | str) -> Path:
    """Make an environment with this base interpreter, and return its own; raises UserError if uv cannot."""
    options = ("--quiet", "--clear", "--no-project", f"--python={executable}")
    made = processes.run(find_uv_bin(), "--no-config", "venv", *options, venv)
    if made.returncode:
        raise UserError(f"uv could not make an environment with {executable}: {processes.last_line(made)}")
    return scripts(venv) / "python"
