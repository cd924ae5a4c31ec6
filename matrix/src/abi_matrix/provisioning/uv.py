"""uv's interpreter downloads: upstream's list, or our own packed builds."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from packaging.version import Version
from uv import find_uv_bin

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step
from abi_matrix.provisioning.sources import sha256

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from abi_matrix.config.table import Source


def install(python: str) -> str | None:
    """Let uv download and install ``python``; return None, or uv's reason if it could not."""
    with step(f"{python}: uv python install"):
        result = _uv("python", "install", python)
    if result.returncode == 0:
        return None
    said = commands.lines(result)
    return ": ".join(dict.fromkeys([said[0].removeprefix("error: "), said[-1].removeprefix("cause: ")]))


def install_packed(python: str, archive: Path, source: Source) -> None:
    """Let uv install ``python`` from ``archive``, through a download catalogue that has only that.

    Raises UserError if uv refuses. Installed so, uv and nox find it like any other.
    """
    catalogue = cache.folder("catalogues") / f"{python}.json"
    catalogue.write_text(json.dumps(entry(platform_of(python), archive, source)), encoding="utf-8")
    with step(f"{python}: uv python install from {archive.name}"):
        result = _uv("python", "install", python, UV_PYTHON_DOWNLOADS_JSON_URL=str(catalogue))
    if result.returncode:
        raise UserError(
            f"uv refused to install {archive} as {python} ({commands.last_line(result)}): remove what lies"
            f" in its place with `uv python uninstall {python}` and run again."
        )


def platform_of(python: str) -> dict[str, Any]:
    """Return uv's own newest list entry for ``python`` on this machine; works offline.

    Raises UserError where uv knows no such interpreter for this platform.
    """
    result = _uv("python", "list", python, "--only-downloads", "--output-format", "json")
    entries = json.loads(result.stdout) if result.returncode == 0 else []
    if not entries:
        raise UserError(
            f"This uv knows no {python} for this machine; update it (`pip install -U uv`) and run again."
        )
    newest: dict[str, Any] = entries[0]
    return newest


def entry(known: dict[str, Any], archive: Path, source: Source) -> dict[str, Any]:
    """Return a catalogue (docs.astral.sh/uv: UV_PYTHON_DOWNLOADS_JSON_URL) with ``archive`` alone.

    ``known`` gives the platform in uv's terms, ``source`` the version.
    """
    version = Version(source.version)
    key = known["key"].replace(known["version"], source.version, 1)
    return {
        key: {
            "name": known["implementation"],
            "arch": {"family": known["arch"], "variant": None},
            "os": known["os"],
            "libc": known["libc"],
            "major": version.major,
            "minor": version.minor,
            "patch": version.micro,
            "prerelease": source.version.removeprefix(version.base_version),
            "url": archive.as_uri(),
            "sha256": sha256(archive),
            "variant": None if known["variant"] == "default" else known["variant"],
            "build": None,
        }
    }


def _uv(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    # No executables in ~/.local/bin, as nox does it; no session's UV_PYTHON.
    environment = {**os.environ, "UV_PYTHON_INSTALL_BIN": "0", "NO_COLOR": "1", **variables}
    environment.pop("UV_PYTHON", None)
    return commands.run(find_uv_bin(), *arguments, env=environment)
