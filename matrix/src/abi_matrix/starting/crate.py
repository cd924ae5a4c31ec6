"""What a project's Cargo.toml says of PyO3: its version, and the features with which it is built."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from abi_matrix.config.metadata import read_toml, workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_PYO3 = ("pyo3", "pyo3-ffi")
NEWEST_PYTHON = {22: 13, 23: 13, 24: 13, 25: 14, 26: 14, 27: 14, 28: 14, 29: 15, 30: 15}
"""The newest CPython 3.x that PyO3 0.x supports, as the build script of pyo3-ffi decides."""
_FIRST_FREE_THREADED = 23


@dataclass(frozen=True)
class Crate:
    """The crate that is built into the extension module."""

    manifest: Path
    library: str
    """What the library is called, which is the module's name unless the build backend says another."""
    requirement: str
    """Of PyO3, as it is written; empty if it is a path or a repository."""
    locked: str
    """The version of PyO3 in Cargo.lock; empty without one."""
    asked: frozenset[str]
    """The features of PyO3 that the dependency itself asks for."""
    features: dict[str, list[str]]

    @property
    def pyo3(self) -> str:
        """The version of PyO3, as exactly as it is known."""
        return self.locked or self.requirement

    @property
    def minor(self) -> int:
        """``30`` for PyO3 0.30; where the version is not known, the newest that is known here."""
        found = re.search(r"0\.(\d+)", self.pyo3)
        return int(found[1]) if found else max(NEWEST_PYTHON)

    @property
    def newest_python(self) -> tuple[int, int]:
        """The newest CPython that this PyO3 builds for."""
        return 3, NEWEST_PYTHON.get(min(self.minor, max(NEWEST_PYTHON)), 12)

    @property
    def free_threaded(self) -> bool:
        """Whether this PyO3 builds for free-threaded interpreters."""
        return self.minor >= _FIRST_FREE_THREADED

    def pyo3_features(self, chosen: Iterable[str]) -> set[str]:
        """Return the features of PyO3 that are on if the crate is built with those ``chosen`` of its own."""
        found, seen, todo = {*self.asked}, set(), [*chosen]
        while todo:
            name = todo.pop()
            package, slash, feature = name.partition("/")
            if slash and package.rstrip("?") in _PYO3:
                found.add(feature)
            elif name not in seen:
                seen.add(name)
                todo += self.features.get(name, [])
        return found


def read(manifest: Path, root: Path) -> Crate | None:
    """Return the crate of a Cargo.toml of the project in ``root``; None if it does not use PyO3."""
    said = read_toml(manifest)
    shared_by, folder = workspace(manifest, root)
    # The bindings of C alone (pyo3-ffi) are PyO3 too; a crate with both is named by the first.
    for name in _PYO3:
        for written in _dependencies(said, name):
            shared = _table(shared_by.get("dependencies", {}).get(name, {}))
            here = _table(written)
            return Crate(
                manifest,
                said.get("lib", {}).get("name", said.get("package", {}).get("name", "")).replace("-", "_"),
                here.get("version", shared.get("version", "") if here.get("workspace") else ""),
                _locked(folder / "Cargo.lock", name),
                frozenset([*here.get("features", ()), *shared.get("features", ())]),
                said.get("features", {}),
            )
    return None


def _dependencies(said: dict[str, Any], package: str) -> Iterator[object]:
    for table in (said, *said.get("target", {}).values()):
        for name, written in table.get("dependencies", {}).items():
            if _table(written).get("package", name) == package:
                yield written


def _locked(lock: Path, package: str) -> str:
    packages = read_toml(lock).get("package", []) if lock.is_file() else []
    return next((one["version"] for one in packages if one["name"] == package), "")


def _table(written: object) -> dict[str, Any]:
    return written if isinstance(written, dict) else {"version": str(written)}
