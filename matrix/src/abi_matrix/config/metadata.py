"""What a project is called, and its version, as far as its files say it without its build backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from abi_matrix.base.errors import BROKEN_TOML, InputError
from abi_matrix.config.manifests import built, name_of, part, read_toml, workspace

if TYPE_CHECKING:
    from pathlib import Path


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
