"""A wheelhouse: for which platforms a release has wheels, and that a folder holds just those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.tags import platform_tags

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from abi_matrix.checking import completeness, run
from abi_matrix.checking.completeness import Demand
from abi_matrix.interpreters.machines import machines
from abi_matrix.wheels.files import is_tagged
from workshop.release.configurations import RUNNERS
from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from abi_matrix.checking.matrix import Matrix
    from abi_matrix.config.table import Row, Table

FOLDER = ROOT / "wheelhouse"
PLATFORMS = tuple(platform for built in RUNNERS.values() for platform in built)
"""What a release has wheels for, every row of the table on each: platform tags without a version."""

_OF_THE_SET = ("AM101", "AM102", "AM401", "AM402", "AM403", "AM404")
"""The findings that are about names, tags and versions; the others are about what is in the wheels."""


def require(folder: Path, table: Table, platforms: Iterable[str], *, sdist: bool = False) -> Matrix:
    """Return what ``folder`` and the folders in it hold, if `abi-matrix check` finds that complete.

    Raises UserError with a line for each finding about the set of files, and for each file too many.
    """
    demand = Demand(table, tuple(platforms), sdist)
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    found, report = run.check(files or [folder], table.interpreters, demand)
    lines = [str(finding) for finding in report.findings if finding.code in _OF_THE_SET]
    places: dict[tuple[str, str], Path] = {}
    for wheel in found.files.wheels:
        file = wheel.path.relative_to(folder)
        for family in completeness.families(found, wheel):
            first = places.setdefault((wheel.abi, family), file)
            if first != file:
                lines.append(f"{file} takes the place that {first} has already: keep one of them.")
    if lines:
        raise UserError(
            f"{folder} does not hold what the table in pyproject.toml asks for:\n" + "\n".join(lines)
        )
    say(f"{folder}: complete, {len(places)} wheels{' and the sdist' if found.files.sdists else ''}.")
    return found


def here() -> str:
    """Return the platform of this machine; raises UserError if a release has nothing for it."""
    for platform in PLATFORMS:
        if runs_here(platform):
            return platform
    raise UserError(f"A release has wheels for {', '.join(PLATFORMS)}; for this machine, use the sdist.")


def runs_here(platform: str) -> bool:
    """Whether this machine's interpreters can take the wheels for ``platform``."""
    return any(machine.family == platform for machine in machines(platform_tags()))


def row_of(file: Path, table: Table) -> Row:
    """Return the table's row whose tag a wheel has; raises StopIteration if there is none."""
    return next(row for row in table.rows if is_tagged(file.name, row.tag))
