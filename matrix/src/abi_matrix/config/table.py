"""The table in pyproject.toml: which wheel is built with what, serves whom, and is tested how.

Interpreters are named as nox and uv name them: ``3.14`` is the standard build of CPython, ``3.14t`` the
free-threaded one, ``pypy3.11`` a PyPy.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from packaging.tags import parse_tag

from abi_matrix.base.errors import NO_TABLE, InputError
from abi_matrix.config import keys, rows
from abi_matrix.config.metadata import part, read_toml
from abi_matrix.interpreters.names import parse

if TYPE_CHECKING:
    from pathlib import Path

    from abi_matrix.interpreters.names import Interpreter

_TAG = re.compile(r"[a-z]+\d+-[a-z0-9_]+(\.[a-z0-9_]+)*")
_NO_NAME = re.compile(r'[/\\:*?"<>|]')  # what a file cannot have in its name, on Windows at least


@dataclass(frozen=True)
class Row:
    """A wheel, and the interpreters that it is for."""

    tag: str
    """Python and ABI tag of the file's name, e.g. ``cp315-abi3.abi3t``."""
    built_with: str
    """The interpreter that builds it; the first that it serves, if the table does not say."""
    serves: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    """Environment variables that building it needs."""

    @property
    def session(self) -> str:
        """The name of the session that builds it."""
        return f"wheel-{self.tag}"


@dataclass(frozen=True)
class Source:
    """An upstream source release of CPython, pinned."""

    version: str
    """As upstream spells it, e.g. ``3.15.0rc2``."""
    sha256: str
    """Of the ``.tar.xz``, in hexadecimal."""


@dataclass(frozen=True)
class Build:
    """What building a wheel needs beside the interpreter."""

    groups: tuple[str, ...] = ()
    """Dependency groups with what a build requires, from uv.lock; without any, ``[build-system]`` says it."""
    env: dict[str, str] = field(default_factory=dict)
    """Environment variables that building any of them needs."""


@dataclass(frozen=True)
class Tests:
    """What is run in every lane."""

    command: str = "pytest --rootdir={root} --junit-xml={results}.xml"
    """Split like a shell does, before ``{root}``, ``{results}`` (a path without a suffix, for what the run is
    to leave behind), ``{python}`` and ``{gil}`` (``on`` or ``off``) are replaced."""
    groups: tuple[str, ...] = ()
    """Dependency groups that are installed beside the wheel, from uv.lock if there is one.

    Where the table does not say, the group ``test``, if there is one.
    """
    folders: tuple[str, ...] = ("tests",)
    """What the command gets as its last arguments, relative to the root."""


@dataclass(frozen=True)
class Table:
    """All of it."""

    root: Path
    """The folder of the project."""
    rows: tuple[Row, ...]
    sources: dict[str, Source] = field(default_factory=dict)
    """What to build where uv cannot download an interpreter, by version; both builds share one."""
    build: Build = field(default_factory=Build)
    tests: Tests = field(default_factory=Tests)
    lanes: tuple[dict[str, Any], ...] = ()
    """As they are written; `abi_matrix.testing.lanes` says what they mean."""

    @property
    def interpreters(self) -> list[str]:
        """Every interpreter that some wheel serves: standard builds first, oldest first."""
        return sorted((python for row in self.rows for python in row.serves), key=_age)

    def row_for(self, python: str) -> Row:
        """Return the row that serves ``python``; raises KeyError if there is none."""
        for row in self.rows:
            if python in row.serves:
                return row
        raise KeyError(python)

    def source_for(self, python: str) -> Source:
        """Return the sources that ``python`` can be built from; raises KeyError if none are pinned."""
        return self.sources[python.removesuffix("t")]


@cache
def load(root: Path) -> Table:
    """Return the table of the project in the folder ``root``; raises InputError if it is wrong."""
    file = root / "pyproject.toml"
    if not file.is_file():
        raise InputError(
            NO_TABLE, f"There is no pyproject.toml in {root}: run it in the folder of a project."
        )
    project = read_toml(file)
    raw = keys.require(part(project, "tool").get(rows.SECTION, {}))
    if not raw.get("wheel"):
        raise InputError(
            NO_TABLE, f"{file} has no [[tool.{rows.SECTION}.wheel]]: add a row for each wheel that is built."
        )
    groups = ("test",) if "test" in part(project, "dependency-groups") else ()
    table = Table(
        root,
        tuple(_row(rows.with_defaults(row)) for row in raw["wheel"]),
        {python: Source(**pin) for python, pin in raw.get("sources", {}).items()},
        Build(**_tuples(raw.get("build", {}))),
        Tests(**{"groups": groups, **_tuples(raw.get("test", {}))}),
        tuple(raw.get("lane", ())),
    )
    _require_each_once(table)
    _require_lanes(table)
    _require_command(table.tests.command)
    return table


def _row(raw: dict[str, Any]) -> Row:
    row = Row(raw["tag"], raw["built-with"], tuple(raw["serves"]), raw["env"])
    if not _TAG.fullmatch(row.tag):
        raise keys.wrong(f"'{row.tag}' is no tag of a wheel such as cp311-abi3 or cp314-cp314t")
    if not row.serves:
        raise keys.wrong(f"The row {row.tag} serves nobody")
    for python in (row.built_with, *row.serves):
        try:
            one = parse(python)
        except InputError as error:
            raise keys.wrong(f"The row {row.tag}: {error.sentence.rstrip('.')}") from None
        # Of other implementations a name does not say the release, which the tag does.
        if python in row.serves and one.is_cpython and not _takes(one, row.tag):
            raise keys.wrong(f"The row {row.tag} serves {python}, which takes no wheel with that tag")
    return row


def _takes(one: Interpreter, tag: str) -> bool:
    return not one.ranks(["none"]).keys().isdisjoint(parse_tag(f"{tag}-none"))


def _require_each_once(table: Table) -> None:
    for names, what in (
        (table.interpreters, "is served by {} rows"),
        ([row.tag for row in table.rows], "is the tag of {} rows"),
        ([lane["name"] for lane in table.lanes], "is the name of {} lanes"),
    ):
        for name in {*names}:
            if (count := names.count(name)) > 1:
                raise keys.wrong(f"{name} {what.format(count)} of [tool.{rows.SECTION}], not of one")


def _require_lanes(table: Table) -> None:
    for lane in table.lanes:
        if strange := [python for python in _named(lane) if python not in table.interpreters]:
            raise keys.wrong(f"The lane {lane['name']} is on {strange[0]}, which no row serves")
        if bad := _NO_NAME.search(lane["name"]):
            raise keys.wrong(f"The lane {lane['name']} has '{bad[0]}' in its name, as no file can")


def _named(lane: dict[str, Any]) -> list[str]:
    return on if isinstance(on := lane.get("on"), list) else []


def _require_command(command: str) -> None:
    try:
        for word in shlex.split(command):
            word.format(root="", results="", python="", gil="")
    except (ValueError, LookupError, AttributeError) as error:
        raise keys.wrong(
            f"The tests' command `{command}` cannot be used ({error}; {{root}}, {{results}}, {{python}} and"
            " {gil} are replaced, other braces have to be doubled)"
        ) from None


def _tuples(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def _age(python: str) -> tuple[bool, str, tuple[int, int]]:
    one = parse(python)
    return one.free_threaded, one.kind, one.version
