"""pip and uv as a user runs them, whatever this machine's settings say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import processes

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

_HOUR = 3600.0


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
    plain = processes.plain_environment(**(env or {}))
    return processes.run(*command, env=plain, cwd=cwd, patience=_HOUR)
