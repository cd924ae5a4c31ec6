"""A wheelhouse is complete: it holds exactly the files that the table asks for, each what its name says.

This stands before every publish. Tags are read from each wheel's own WHEEL file as well, because a file name
is only what somebody called it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.tags import platform_tags
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from abi_matrix.base.errors import InputError, UserError
from abi_matrix.base.progress import say
from abi_matrix.building.wheels import is_of
from abi_matrix.wheels.files import read_wheel
from workshop.repository import PROJECT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from abi_matrix.config.table import Row, Table
    from abi_matrix.wheels.files import Wheel

FOLDER = ROOT / "wheelhouse"
PLATFORMS = (
    "manylinux_x86_64",
    "manylinux_aarch64",
    "musllinux_x86_64",
    "musllinux_aarch64",
    "macosx_x86_64",
    "macosx_arm64",
    "win_amd64",
    "win_arm64",
)
"""What a release has wheels for, every row of the table on each: platform tags without a version."""

_LEGACY = re.compile(r"^manylinux(1|2010|2014)_")
_VERSIONED = re.compile(r"^(manylinux|musllinux|macosx)_\d+_\d+_")


class UnfitError(Exception):
    """Why a file does not belong into the wheelhouse, as what can be said after its name."""


@dataclass(frozen=True)
class Contents:
    """What a wheelhouse holds, once it has passed."""

    wheels: dict[tuple[str, str], Path]
    """By the row's tag and the platform."""
    sdist: Path | None = None

    @property
    def files(self) -> list[Path]:
        """Everything to upload; the sdist last, so that nobody compiles while wheels still arrive."""
        return [*self.wheels.values(), *([self.sdist] if self.sdist else [])]

    def serving(self, table: Table, platform: str) -> dict[str, Path]:
        """Return the wheel that the table means each interpreter to have on ``platform``."""
        return {python: self.wheels[table.row_for(python).tag, platform] for python in table.interpreters}


def require(
    folder: Path, table: Table, version: str, platforms: Iterable[str], *, sdist: bool = False
) -> Contents:
    """Return what ``folder`` and the folders in it hold, if that is what the table asks for.

    Raises UserError with a line for each file that is missing (-) or should not be there (+).
    """
    platforms = tuple(platforms)
    wanted = {(row.tag, platform) for platform in platforms for row in table.rows}
    source = (f"gil_demo-{version}.tar.gz", "") if sdist else None
    found: dict[tuple[str, str], list[Path]] = defaultdict(list)
    lines = []
    for file in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        try:
            place = source if source and file.name == source[0] else _place(file, table, version, platforms)
            found[place].append(file)
        except UnfitError as unfit:
            lines.append(f"+ {file.relative_to(folder)}: {unfit}")
    for first, *others in found.values():
        beside = f"takes the place that {first.relative_to(folder)} has already"
        lines += [f"+ {file.relative_to(folder)}: {beside}" for file in others]
    missing = (wanted | ({source} if source else set())) - found.keys()
    lines += [f"- {_spelled(version, *place)}: is missing" for place in sorted(missing)]
    if lines:
        raise UserError(
            f"{folder} does not hold what the table in pyproject.toml asks for; build what is missing (-),"
            " remove or mend the others (+), and run again:\n" + "\n".join(lines)
        )
    (source_file,) = found.pop(source) if source else (None,)
    say(f"{folder}: complete, {len(wanted)} wheels{' and the sdist' if source else ''} of {version}.")
    return Contents({place: files[0] for place, files in sorted(found.items())}, source_file)


def here() -> str:
    """Return the platform of this machine; raises UserError if a release has nothing for it."""
    for platform in PLATFORMS:
        if runs_here(platform):
            return platform
    raise UserError(f"A release has wheels for {', '.join(PLATFORMS)}; for this machine, use the sdist.")


def runs_here(platform: str) -> bool:
    """Whether this machine's interpreters can take the wheels for ``platform``."""
    return any(platform_of(tag) == platform for tag in platform_tags())


def platform_of(tag: str) -> str:
    """Return the platform of a platform tag: ``manylinux_2_28_x86_64`` is for ``manylinux_x86_64``."""
    return _VERSIONED.sub(r"\1_", _LEGACY.sub("manylinux_", tag))


def row_of(file: Path, table: Table) -> Row:
    """Return the table's row whose tag a wheel has; raises UnfitError if there is none."""
    for row in table.rows:
        if is_of(file, row):
            return row
    raise UnfitError("has a tag that no row of the table has")


def _place(file: Path, table: Table, version: str, platforms: tuple[str, ...]) -> tuple[str, str]:
    """Return the row's tag and the platform that ``file`` is for."""
    if file.suffix != ".whl":
        raise UnfitError("is not one of the files to publish")
    try:
        wheel = read_wheel(file)
    except InputError as error:
        raise UnfitError(f"is no wheel that can be read: {error.sentence.rpartition(': ')[2]}") from None
    for project in (wheel.project, canonicalize_name(str(wheel.metadata["Name"]))):
        if project != PROJECT:
            raise UnfitError(f"belongs to {project}, not to {PROJECT}")
    for verb, spelled in (("is named", str(wheel.version)), ("holds", str(wheel.metadata["Version"]))):
        if not _same(spelled, version):
            raise UnfitError(f"{verb} version {spelled}, this repository is {version}")
    if wheel.tags_inside != {*map(str, wheel.tags)}:
        inside = " and ".join(sorted(wheel.tags_inside)) or "not at all"
        raise UnfitError(f"is tagged {inside} inside, its name says otherwise")
    if wheel.build:
        raise UnfitError("has a build number, which installers would prefer to every file without")
    platform = _platform(wheel, platforms)
    return row_of(file, table).tag, platform


def _platform(wheel: Wheel, platforms: tuple[str, ...]) -> str:
    seen = {platform_of(tag.platform) for tag in wheel.tags}
    if len(seen) > 1 or not seen <= {*platforms}:
        raise UnfitError(f"is for {' and '.join(sorted(seen))}, wanted is {' or '.join(platforms)}")
    return seen.pop()


def _same(spelled: str, version: str) -> bool:
    try:
        return Version(spelled) == Version(version)
    except InvalidVersion:
        return False


def _spelled(version: str, tag: str, platform: str) -> str:
    if not platform:
        return tag  # the sdist's name
    somewhere = re.sub(r"^(manylinux|musllinux|macosx)_", r"\1_*_", platform)
    return f"gil_demo-{version}-{tag}-{somewhere}.whl"
