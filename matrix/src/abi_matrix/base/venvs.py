"""Virtual environments, made by uv."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from uv import find_uv_bin

from abi_matrix.base import commands


def scripts(venv: Path) -> Path:
    """Return the folder of an environment's commands, which Windows calls otherwise."""
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(venv)}))


def create(venv: Path, executable: Path | str) -> Path:
    """Make an environment with this base interpreter, and return its own; raises UserError if uv cannot."""
    options = ("--quiet", "--clear", "--no-project", f"--python={executable}")
    commands.succeed(
        *(find_uv_bin(), "--no-config", "venv", *options, venv),
        env=commands.plain_environment(), deadline=commands.PATIENCE,
        or_say=f"uv could not make an environment with {executable}: {{why}}",
    )  # fmt: skip
    return scripts(venv) / "python"
