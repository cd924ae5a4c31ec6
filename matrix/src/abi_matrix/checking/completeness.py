"""Whether files are what the table asks for: each row's wheel for every platform, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from abi_matrix.base.errors import NO_TABLE, OTHER_PROJECT, InputError
from abi_matrix.checking.findings import Finding, listed
from abi_matrix.config import metadata, rows
from abi_matrix.config.table import load
from abi_matrix.interpreters import names
from abi_matrix.interpreters.machines import COMMON
from abi_matrix.wheels.files import is_tagged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from abi_matrix.checking.matrix import Matrix
    from abi_matrix.config.table import Table
    from abi_matrix.wheels.files import Wheel
    from abi_matrix.wheels.folder import Files

_REMOVE = "Remove it, or add to the table what it is for."


@dataclass(frozen=True)
class Demand:
    """What has to be there."""

    table: Table | None = None
    """Whose wheels; if none is given, those of the table of the project that the files lie in."""
    platforms: tuple[str, ...] = ()
    """For which families, such as ``manylinux_x86_64``; without any, those that the files are for."""
    sdist: bool = False
    """Whether the sdist, too."""

    def by_table(self, files: Files) -> Table | None:
        """Return the table that applies, if there is one; raises InputError if it is another project's."""
        table = self.table or _around(files)
        if table is None and (self.platforms or self.sdist):
            raise InputError(NO_TABLE, "No table says which wheels there should be: name it with --table.")
        if self.table and (name := metadata.read(self.table.root).name) != files.project:
            raise InputError(
                OTHER_PROJECT,
                f"These are files of {files.project}, the table in {self.table.root} is that of {name}:"
                " name the files, or the table, of the other.",
            )
        return table


def _around(files: Files) -> Table | None:
    """Return the table of the project that the files lie in, if it has one and they are that project's."""
    for folder in files.all[0].path.resolve().parents:
        file = folder / "pyproject.toml"
        if file.is_file():
            ours = f"tool.{rows.SECTION}" in file.read_text(encoding="utf-8", errors="replace")
            return load(folder) if ours and metadata.read(folder).name == files.project else None
    return None


def check(matrix: Matrix, table: Table, paths: Iterable[Path], demand: Demand) -> Iterator[Finding]:
    """Yield what of the table's is missing, not in it, of another version, or not taken where it says so."""
    files, version = matrix.files, metadata.read(table.root).version
    yield from _missing(matrix, table, demand.platforms, version)
    if demand.sdist and not files.sdists:
        yield Finding("AM401", "There is no sdist.", "Build it: `python -m build --sdist`.")
    yield from _unexpected(matrix, table, demand.platforms)
    known = {file.path.name for file in files.all}
    folders = [path for path in paths if path.is_dir() and path.resolve() != table.root.resolve()]
    inside = (child for path in folders for child in sorted(path.iterdir()))
    for name in (child.name for child in inside if child.is_file()):
        if name not in known and not name.startswith("."):
            yield Finding("AM402", "{files} {is} neither a wheel nor an sdist.", "Remove it.", (name,))
    for file in files.all:
        if version and file.version != Version(version):
            message = f"{{files}} {{is}} of version {file.version}, the project is {version}."
            yield Finding("AM403", message, "Remove it, or build this version.", (file.path.name,))
    yield from _otherwise_taken(matrix, table)


def families(matrix: Matrix, wheel: Wheel) -> set[str]:
    """Return the platforms that a wheel is for, e.g. ``manylinux_x86_64``."""
    tags = {tag.platform for tag in wheel.tags}
    return {one.family for one in matrix.machines if "any" in tags or tags & {*one.platforms}}


def _missing(matrix: Matrix, table: Table, platforms: Sequence[str], version: str) -> Iterator[Finding]:
    demanded = platforms or dict.fromkeys(
        machine.family for machine in matrix.machines if machine.family.startswith(COMMON)
    )
    for row in table.rows:
        made = [one for one in matrix.files.wheels if is_tagged(one.path.name, row.tag)]
        made = [one for one in made if not version or one.version == Version(version)]
        there = {family for wheel in made for family in families(matrix, wheel)}
        # The others are not made for every platform.
        everywhere = names.parse(row.built_with).is_cpython
        if lacking := [family for family in demanded if family not in there and (everywhere or not there)]:
            message = f"The wheel {row.tag} is missing for {listed(lacking, 9)}."
            next_step = f"Build it with {row.built_with} there (`nox -s {row.session}`)."
            yield Finding("AM401", message, next_step, (), row.serves, tuple(lacking))


def _unexpected(matrix: Matrix, table: Table, platforms: Sequence[str]) -> Iterator[Finding]:
    for wheel in matrix.files.wheels:
        name = wheel.path.name
        if not any(is_tagged(name, row.tag) for row in table.rows):
            yield Finding("AM402", "{files} {has} a tag that no row of the table has.", _REMOVE, (name,))
        if wheel.build:
            message = "{files} {has} a build number, which installers prefer to every file without."
            yield Finding("AM402", message, "Build it without, as another version.", (name,))
        if platforms and (others := families(matrix, wheel) - {*platforms}):
            message = f"{{files}} {{is}} for {listed(sorted(others))}, which was not asked for."
            yield Finding("AM402", message, _REMOVE, (name,))


def _otherwise_taken(matrix: Matrix, table: Table) -> Iterator[Finding]:
    """Yield a finding wherever an interpreter gets another file than that of its row."""
    served = {python: row.tag for row in table.rows for python in row.serves}
    for (interpreter, machine), choice in matrix.choices.items():
        tag = served.get(interpreter.name)
        if tag and machine.newest and choice.wheel and not is_tagged(choice.wheel.path.name, tag):
            message = f"{interpreter.name} gets {{files}}, the table says {tag}."
            next_step = "Put it into the row of the wheel that it gets: installers do not read the table."
            yield Finding("AM404", message, next_step, (choice.wheel.path.name,), (interpreter.name,))
