"""A wheel or an sdist on the disk: what its name says, and what it says inside."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from email.parser import HeaderParser
from functools import cache
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import parse_tag
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from abi_matrix.base.errors import BROKEN_FILE, NO_WHEEL_NAME, InputError

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from packaging.tags import Tag
    from packaging.utils import BuildTag
    from packaging.version import Version

_WHEEL = re.compile(r"([^/]+\.dist-info)/WHEEL")
_LONGEST = 8_000_000
"""Bytes of metadata that are read; what is longer is no metadata, but may well be an attack."""


@dataclass(frozen=True)
class Sdist:
    """A source distribution, of which the name is enough."""

    path: Path
    project: str
    version: Version


@dataclass(frozen=True, eq=False)
class Wheel:
    """A wheel."""

    path: Path
    project: str
    version: Version
    build: BuildTag
    tags: frozenset[Tag]
    """What its name says."""
    tags_inside: frozenset[str]
    """What its file WHEEL says."""
    metadata: Message
    """Its file METADATA."""
    info: str
    """The name of its folder .dist-info."""
    members: tuple[str, ...]
    """The path of every file in it."""

    @property
    def abi(self) -> str:
        """The first two parts of the tag in its name, as it is spelled there, e.g. ``cp315-abi3.abi3t``."""
        return "-".join(self.path.stem.rsplit("-", 3)[1:3])

    @property
    def abis(self) -> set[str]:
        """The ABIs of its tags, e.g. ``abi3`` and ``abi3t``."""
        return {tag.abi for tag in self.tags}

    def serves(self, version: tuple[int, int]) -> bool:
        """Whether Requires-Python allows a version of Python; of a coming one its final release."""
        return _allows(str(self.metadata["Requires-Python"] or ""), "{}.{}.99".format(*version))


@cache
def _allows(requires_python: str, version: str) -> bool:
    try:
        return SpecifierSet(requires_python).contains(version)
    except InvalidSpecifier:  # pip and uv read past it, too
        return True


def is_tagged(name: str, tag: str) -> bool:
    """Whether a wheel of this file name has the Python and ABI tags ``tag``, e.g. ``cp315-abi3.abi3t``."""
    try:
        tags = parse_wheel_filename(name)[3]
    except InvalidWheelFilename:
        return False
    return {(one.interpreter, one.abi) for one in tags} == {
        (one.interpreter, one.abi) for one in parse_tag(f"{tag}-any")
    }


def read_sdist(path: Path) -> Sdist:
    """Return the sdist; raises InputError if it has no sdist's name."""
    try:
        return Sdist(path, *parse_sdist_filename(path.name))
    except InvalidSdistFilename as error:
        raise InputError(NO_WHEEL_NAME, f"{path} has no name of an sdist; build it again: {error}") from None


def read_wheel(path: Path) -> Wheel:
    """Return the wheel; raises InputError if it has no wheel's name or cannot be read as one."""
    try:
        project, version, build, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise InputError(NO_WHEEL_NAME, f"{path} has no name of a wheel; build it again: {error}") from None
    try:
        with zipfile.ZipFile(path) as archive:
            members = tuple(name for name in archive.namelist() if not name.endswith("/"))
            found = [match[1] for name in members if (match := _WHEEL.fullmatch(name))]
            if len(found) != 1:
                reason = f"it has {len(found)} folders .dist-info instead of one"
                raise zipfile.BadZipFile(reason)  # noqa: TRY301 - one place for all that is broken
            inside, metadata = (_headers(archive, f"{found[0]}/{name}") for name in ("WHEEL", "METADATA"))
    # What the modules zipfile and zlib raise of files that are none, cut off, encrypted or manipulated.
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError, ValueError) as error:
        reason = str(error).strip("'\"") or type(error).__name__
        raise InputError(BROKEN_FILE, f"{path} cannot be read as a wheel; build it again: {reason}") from None
    tags_inside = frozenset(
        tag for line in inside.get_all("Tag") or [] for tag in _expanded(str(line).lower())
    )
    return Wheel(path, project, version, build, tags, tags_inside, metadata, found[0], members)


def _headers(archive: zipfile.ZipFile, name: str) -> Message:
    with archive.open(name) as file:
        data = file.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise zipfile.BadZipFile(f"{name} has more than {_LONGEST} bytes")
    return HeaderParser().parsestr(data.decode("utf-8", "replace"))


def _expanded(line: str) -> list[str]:
    """Return the tags of a compressed set; a line that is none as it is."""
    parts = [part.split(".") for part in line.strip().split("-")]
    if len(parts) != 3:  # noqa: PLR2004 - Python, ABI, platform
        return [line]
    return [f"{python}-{abi}-{platform}" for python in parts[0] for abi in parts[1] for platform in parts[2]]
