"""The pinned sdists: downloaded once by pip, from the index that it is configured for, and unpacked."""

from __future__ import annotations

import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step
from abi_matrix.config import rows
from abi_matrix.provisioning.sources import sha256
from workshop.projects import measuring

if TYPE_CHECKING:
    from collections.abc import Sequence

PINS = Path(__file__).with_name("projects.toml")


@dataclass(frozen=True)
class Sdist:
    """One release of a project, as projects.toml pins it."""

    project: str
    version: str
    sha256: str
    """Of the file, in hexadecimal."""
    tests_need: tuple[str, ...] = ()
    """Requirements of its tests that no file of the sdist names."""


def pinned(named: Sequence[str] = ()) -> list[Sdist]:
    """Return the sdists of the projects ``named``, or all; raises UserError for a project without a pin."""
    pins = rows.read(PINS)
    if unknown := [name for name in named if name not in pins]:
        raise UserError(f"{unknown[0]} is not in {PINS.name}; choose from {', '.join(pins)}.")
    return [_sdist(name, **pins[name]) for name in named or pins]


def fetched(sdist: Sdist) -> Path:
    """Return the file, from the cache or downloaded now; raises UserError if pip does not get that very file.

    pip asks the build backend for the metadata of what it downloads, so this takes some seconds and needs
    Rust.
    """
    file = cache.folder("sdists") / f"{sdist.project}-{sdist.version}.tar.gz"
    if file.exists() and sha256(file) == sdist.sha256:
        return file
    with (
        tempfile.TemporaryDirectory(dir=file.parent) as folder,
        step(f"{sdist.project}: downloading {sdist.version}"),
    ):
        requirements = Path(folder, "requirements.txt")
        requirements.write_text(f"{sdist.project}=={sdist.version} --hash=sha256:{sdist.sha256}\n", "ascii")
        result = commands.run(
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={folder}"),
            *(f"--no-binary={sdist.project}", f"--requirement={requirements}"),
            env=measuring.environment(),
        )
        downloaded = [*Path(folder).glob("*.tar.gz")]
        if result.returncode or len(downloaded) != 1:
            raise UserError(
                f"pip could not download the sdist of {sdist.project} {sdist.version}"
                f" ({commands.last_line(result)}): connect to the network and run again."
            )
        cache.replace(downloaded[0], file)
    return file


def unpacked(file: Path, into: Path) -> Path:
    """Unpack an sdist into the folder ``into``, and return the project's folder in it."""
    with tarfile.open(file) as archive:
        archive.extractall(into, filter="data")
    [folder] = into.iterdir()
    return folder


def _sdist(project: str, version: str, sha256: str, **more: Sequence[str]) -> Sdist:
    return Sdist(project, version, sha256, tuple(more.get("tests-need", ())))
