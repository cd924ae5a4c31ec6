"""What the files of a project say without its build backend: its name and version, and its crates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from abi_matrix.base.errors import BROKEN_TOML, InputError
from abi_matrix.config import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = re.compile(r"(?ai)[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9]")


@dataclass(frozen=True)
class Metadata:
    """Name and version."""

    name: str
    """In the form that indexes compare."""
    version: str
    """Empty where only the build backend knows it."""


def read(root: Path) -> Metadata:
    """Return what the project in the folder ``root`` is; raises InputError if that has no name.

    With maturin a version that pyproject.toml does not say is Cargo's.
    """
    file = root / "pyproject.toml"
    said = read_toml(file)
    name = name_of(file, said)
    version = str(part(said, "project").get("version", ""))
    if not version and "maturin" in part(said, "tool"):
        version = _of_cargo(root, said)
    try:
        return Metadata(canonicalize_name(name), str(Version(version)) if version else "")
    except InvalidVersion:
        raise InputError(BROKEN_TOML, f"{name} has '{version}' as version, which is none: mend it.") from None


def _of_cargo(root: Path, said: dict[str, Any]) -> str:
    for manifest in built(root, said):
        version = read_toml(manifest).get("package", {}).get("version", "")
        if isinstance(version, dict):  # { workspace = true }
            version = workspace(manifest, root)[0].get("package", {}).get("version", "")
        return str(version)
    return ""


def manifests(root: Path) -> Iterator[Path]:
    """Yield each Cargo.toml at most two folders down: that of setuptools-rust often lies beside Python."""
    for pattern in ("Cargo.toml", "*/Cargo.toml", "*/*/Cargo.toml"):
        yield from sorted(root.glob(pattern))


def built(root: Path, said: dict[str, Any]) -> Iterator[Path]:
    """Yield the Cargo.toml that the backend builds: the one that pyproject.toml says, else what lies near."""
    told = [part(said, "tool", "maturin").get("manifest-path")]
    extensions = part(said, "tool", "setuptools-rust").get("ext-modules", [])
    told += [one.get("path", "Cargo.toml") for one in extensions]
    yield from [root / one for one in told if one and (root / one).is_file()] or manifests(root)


def workspace(manifest: Path, root: Path) -> tuple[dict[str, Any], Path]:
    """Return the workspace that a manifest belongs to, if any, and the folder where its Cargo.lock lies."""
    for folder in manifest.parents:
        file = folder / "Cargo.toml"
        if file.is_file() and "workspace" in (said := read_toml(file)):
            return said["workspace"], folder
        if folder == root:
            break
    return {}, manifest.parent


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a file says; raises InputError if it is no TOML."""
    try:
        return rows.read(path)
    except ValueError as error:  # TOML's own, and that of text which is not UTF-8
        raise InputError(BROKEN_TOML, f"{path} is no valid TOML ({error}): mend it first.") from None


def part(said: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return the table at these keys, empty if there is none; raises InputError if that is no table."""
    for key in keys:
        said = said.get(key, {})
        if not isinstance(said, dict):
            raise InputError(BROKEN_TOML, f"'{key}' in pyproject.toml is no table: mend it first.")
    return said


def name_of(file: Path, said: dict[str, Any]) -> str:
    """Return the name in the pyproject.toml ``file``, which says this; raises InputError if it has none."""
    name = part(said, "project").get("name")
    if not name or not isinstance(name, str):
        raise InputError(BROKEN_TOML, f"{file} has no [project] with a name: add it.")
    if not _NAME.fullmatch(name):
        raise InputError(
            BROKEN_TOML,
            f"'{name}' is no name of a project, of letters, digits, and - _ . between: mend it first.",
        )
    return name
