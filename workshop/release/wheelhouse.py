"""The gate: a folder holds exactly the files that the table asks for, each what its name says.

It stands before every publish. Tags are read from each wheel's own WHEEL file, because a file name is only
what somebody called it.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.tags import Tag, parse_tag, platform_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from workshop.repository import PROJECT, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message
    from pathlib import Path

    from abi_matrix.config.table import Row, Table

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
_WHEEL = re.compile(r"[^/]+\.dist-info/WHEEL")


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
    """Return the table's row that a wheel's own tags are those of; raises UnfitError if there is none."""
    seen = {(tag.interpreter, tag.abi) for tag in tags_of(file)}
    for row in table.rows:
        if seen == {(tag.interpreter, tag.abi) for tag in parse_tag(f"{row.tag}-any")}:
            return row
    raise UnfitError(f"is tagged {' and '.join(sorted(map('-'.join, seen)))}, which no row of the table is")


def tags_of(file: Path) -> frozenset[Tag]:
    """Return the tags that a wheel has inside; raises UnfitError if it is no wheel or has none."""
    lines = headers(file, "WHEEL").get_all("Tag") or []
    tags = frozenset(tag for line in lines for tag in parse_tag(line))
    if not tags:
        raise UnfitError("has no tag inside")
    return tags


def headers(file: Path, name: str) -> Message:
    """Return a file of the wheel's one .dist-info folder, parsed; raises UnfitError if it is not there."""
    try:
        with zipfile.ZipFile(file) as archive:
            folders = [found for found in archive.namelist() if _WHEEL.fullmatch(found)]
            if len(folders) != 1:
                raise UnfitError(f"has {len(folders)} .dist-info folders instead of one")
            text = archive.read(folders[0].replace("/WHEEL", f"/{name}")).decode()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise UnfitError(f"is no wheel that can be read: {error}") from None
    return HeaderParser().parsestr(text)


def _place(file: Path, table: Table, version: str, platforms: tuple[str, ...]) -> tuple[str, str]:
    """Return the row's tag and the platform that ``file`` is for."""
    if file.suffix != ".whl":
        raise UnfitError("is not one of the files to publish")
    try:
        name, named_version, build, named_tags = parse_wheel_filename(file.name)
    except InvalidWheelFilename as error:
        raise UnfitError(f"is no wheel: {error}") from None
    tags, metadata = tags_of(file), headers(file, "METADATA")
    for project in (name, canonicalize_name(str(metadata["Name"]))):
        if project != PROJECT:
            raise UnfitError(f"belongs to {project}, not to {PROJECT}")
    for verb, spelled in (("is named", str(named_version)), ("holds", str(metadata["Version"]))):
        if not _same(spelled, version):
            raise UnfitError(f"{verb} version {spelled}, this tree is {version}")
    if tags != named_tags:
        raise UnfitError(f"is tagged {' and '.join(sorted(map(str, tags)))} inside, its name says otherwise")
    if build:
        raise UnfitError("has a build number, which installers would prefer to every file without")
    platform = _platform(tags, platforms)
    return row_of(file, table).tag, platform


def _platform(tags: frozenset[Tag], platforms: tuple[str, ...]) -> str:
    seen = {platform_of(tag.platform) for tag in tags}
    if "any" in seen:
        raise UnfitError("claims to run on any platform, but the extension is compiled")
    if any(platform.startswith("linux_") for platform in seen):
        raise UnfitError("is tagged for one Linux only, which no index takes: run `auditwheel repair` on it")
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
