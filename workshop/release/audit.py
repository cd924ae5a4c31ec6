"""What of this repository must be in a wheel, and what of its builder must not.

`abi-matrix check` looks at all that is not special to this repository.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi_matrix.base import terminal
from abi_matrix.base.errors import UserError
from workshop import repository
from workshop.release import wheelhouse
from workshop.repository import ROOT, cargo_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from abi_matrix.config.table import Row, Table

_PYTHON = ("src/gil", "src/pytest_gil_demo.py")
_EXTENSION = re.compile(r"gil/_gil\.(?:.+\.)?(?:so|pyd)")
# What is not under version control; auditwheel gives a wheel for musl its own libgcc.
_ADDED = re.compile(r"gil_demo-[^/]+\.dist-info/|gil_demo\.libs/libgcc_s-[^/]+$")
# Homes and caches of any builder: this machine, a container, a hosted runner.
_PRIVATE = re.compile(
    rb"(?:/root/|/home/\w|/Users/\w|[A-Z]:[/\\]+Users[/\\]|\.cargo[/\\]|\.rustup[/\\]|file:///)[\w./\\@+-]{0,99}"
)


class UnfitError(Exception):
    """Why a wheel is not fit to be published, as what can be said after its name."""


@dataclass(frozen=True)
class Subject:
    """A wheel under audit."""

    file: Path
    row: Row

    @cached_property
    def members(self) -> dict[str, bytes]:
        """Every file in it."""
        with zipfile.ZipFile(self.file) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}

    @property
    def extension(self) -> str:
        """The path of the compiled module; raises UnfitError if there is not exactly one."""
        found = [name for name in self.members if _EXTENSION.fullmatch(name)]
        if len(found) != 1:
            raise UnfitError(f"has {len(found)} compiled modules instead of one: {', '.join(found)}")
        return found[0]

    def inside(self, folder: str) -> dict[str, bytes]:
        """Return what lies in this folder of its .dist-info."""
        path = re.compile(rf"[^/]+\.dist-info/{folder}/(.+)")
        return {match[1]: data for name, data in self.members.items() if (match := path.fullmatch(name))}


def contents(wheel: Subject) -> str:
    """Require the package as it is under version control, one extension for its ABI, and nothing else."""
    package = {name.removeprefix("src/"): ROOT / name for name in repository.tracked(*_PYTHON)}
    held = {name for name in wheel.members if not _ADDED.match(name)} - {wheel.extension}
    stale = {name for name in held & package.keys() if not _same(wheel.members[name], package[name])}
    wrong = [f"lacks {name}" for name in sorted(package.keys() - held)]
    wrong += [f"has {name}, which is not under version control" for name in sorted(held - package.keys())]
    wrong += [f"has another {name} than this repository" for name in sorted(stale)]
    if wrong:
        raise UnfitError(", ".join(wrong))
    return f"{len(wheel.members)} files"


def licence(wheel: Subject) -> str:
    """Require the licence, word for word."""
    text = wheel.inside("licenses").get("LICENSE")
    if text is None:
        raise UnfitError("has no LICENSE inside")
    if not _same(text, ROOT / "LICENSE"):
        raise UnfitError("has another LICENSE inside than this repository")
    return "LICENSE"


def sbom(wheel: Subject) -> str:
    """Require a list of the crates that it is made of, as they are locked."""
    locked = {(row["name"], row["version"]) for row in cargo_lock()}
    for name, data in wheel.inside("sboms").items():
        listed = json.loads(data)
        if listed.get("bomFormat") != "CycloneDX" or _component(listed) != "gil":
            continue
        crates = {(row["name"], row["version"]) for row in listed["components"]}
        if strange := crates - locked:
            raise UnfitError(f"lists {' '.join(min(strange))} in {name}, which Cargo.lock has not")
        if not any(crate == "pyo3" for crate, _ in crates):
            raise UnfitError(f"does not list pyo3 in {name}")
        return f"{len(crates)} crates"
    raise UnfitError("has no CycloneDX SBOM of gil inside")


def privacy(wheel: Subject) -> str:
    """Require that nothing generated names a folder of the machine that built it; what people wrote may."""
    written = {name.removeprefix("src/") for name in repository.tracked(*_PYTHON)}
    for name, data in wheel.members.items():
        if name in written or name.endswith(".dist-info/METADATA"):
            continue
        found = [*_PRIVATE.findall(data), *(path for path in _own_folders() if path in data)]
        if found:
            raise UnfitError(f"gives away a folder of its builder in {name}: {found[0].decode()}")
    return "no folders"


CHECKS: tuple[Callable[[Subject], str], ...] = (contents, licence, sbom, privacy)


def audit(files: Iterable[Path], table: Table) -> None:
    """Print what each check says of each wheel; raises UserError with a line for each that fails."""
    rows, lines = [], []
    for file in files:
        said = []
        for check in CHECKS:
            try:
                said.append(check(Subject(file, wheelhouse.row_of(file, table))))
            except UnfitError as unfit:
                said.append("[red]FAILS[/]")
                lines.append(f"{file.name} {unfit}")
        rows.append([file.name, *said])
    terminal.show("Audited", ["wheel", *(check.__name__ for check in CHECKS)], rows)
    if lines:
        raise UserError("These wheels are not fit to be published:\n" + "\n".join(dict.fromkeys(lines)))


def _same(data: bytes, file: Path) -> bool:
    """Whether two texts are equal, whatever their line ends: git may check out others on Windows."""
    return data.replace(b"\r\n", b"\n") == file.read_bytes().replace(b"\r\n", b"\n")


def _component(listed: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever stands there
    return listed.get("metadata", {}).get("component", {}).get("name")


def _own_folders() -> list[bytes]:
    """Return the folders of this machine, and the one that cibuildwheel builds in, as a binary has them."""
    homes = [os.environ.get(name) for name in ("CARGO_HOME", "RUSTUP_HOME")]
    folders = [str(ROOT), str(Path.home()), "/project", *(home for home in homes if home)]
    return [os.fsencode(folder + os.sep) for folder in folders if folder.count(os.sep) > 0]
