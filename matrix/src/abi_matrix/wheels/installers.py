"""What the real pip and the real uv take, and what is installed from a wheel."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from uv import find_uv_bin

from abi_matrix.base import commands, venvs
from abi_matrix.base.commands import last_line
from abi_matrix.base.errors import UserError
from abi_matrix.wheels.standins import MARK

if TYPE_CHECKING:
    from subprocess import CompletedProcess


class InstallerError(Exception):
    """The last words of an installer that could not answer."""


def by_pip(folder: Path, project: str, executable: Path) -> str | None:
    """Return the name of the file in ``folder`` that pip takes for an interpreter, or None.

    Raises InstallerError if pip fails for another reason than that nothing fits.
    """
    result = _run(
        sys.executable, "-m", "pip", f"--python={executable}", "--isolated", "install", "--quiet",
        "--dry-run", "--disable-pip-version-check", "--ignore-installed", "--report=-", "--no-deps",
        "--no-index", "--no-cache-dir", f"--find-links={folder}", project,
    )  # fmt: skip
    if result.returncode == 0:
        (chosen,) = json.loads(result.stdout)["install"]
        return Path(unquote(urlsplit(chosen["download_info"]["url"]).path)).name
    if "No matching distribution found" in result.stderr or "requires a different Python" in result.stderr:
        return None
    raise InstallerError(f"pip: {last_line(result)}")


def by_uv(folder: Path, project: str, executable: Path) -> str | None:
    """Return the name of the file that a stand-in in ``folder`` is for which uv takes, or None.

    Raises InstallerError if uv fails for another reason than that nothing fits.
    """
    with tempfile.TemporaryDirectory() as target:
        result = _uv(
            "pip", "install", "--quiet", "--no-cache", f"--python={executable}", f"--target={target}",
            "--no-index", f"--find-links={folder}", project,
        )  # fmt: skip
        if result.returncode == 0:
            return Path(target, MARK).read_text(encoding="utf-8")
    if "No solution found" in result.stderr:
        return None
    raise InstallerError(f"uv: {last_line(result)}")


def install(wheel: Path, executable: Path, folder: Path) -> Path:
    """Install a wheel and what it depends on into a new environment in ``folder``; return its Python.

    Raises InstallerError if that fails. Dependencies come from the index that uv is set up for.
    """
    try:
        python = venvs.create(folder, executable)
    except UserError as error:
        raise InstallerError(str(error)) from None
    installed = _uv("pip", "install", "--quiet", f"--python={python}", wheel)
    if installed.returncode:
        raise InstallerError(f"uv: {last_line(installed)}")
    return python


def _uv(*arguments: str | Path) -> CompletedProcess[str]:
    return _run(find_uv_bin(), "--no-config", *arguments)


def _run(*command: str | Path) -> CompletedProcess[str]:
    return commands.run(*command, env=commands.plain_environment(), deadline=commands.PATIENCE)
