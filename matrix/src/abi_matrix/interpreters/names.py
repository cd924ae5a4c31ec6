"""Interpreters by name, and the tags that an installer accepts for each, in the order of preference.

A name is what uv and nox call an interpreter: ``3.14`` is the standard build of CPython, ``3.14t`` the
free-threaded one, ``pypy3.11`` a PyPy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.tags import compatible_tags, cpython_tags, generic_tags

from abi_matrix.base.errors import UNKNOWN_INTERPRETER, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from packaging.tags import Tag

TODAY = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t")
"""Every CPython that is maintained or about to be released."""

_CPYTHON = re.compile(r"(?:cpython)?(3)\.(\d+)(t?)")
_FIRST_FREE_THREADED = 13
_OTHER = re.compile(r"(pypy|graalpy)(3)\.(\d+)(?:-(\w+))?")
# What an installer calls them, and the ABI of the release that is current for a version of Python.
_SHORT = {"pypy": "pp", "graalpy": "graalpy"}
_CURRENT = {"pypy": "pp80", "graalpy": "250"}
_PYPY_ABI = re.compile(r"pypy(3)(\d+)_(pp\d+)")
_GRAALPY_ABI = re.compile(r"graalpy(\d+)_(3)(\d+)_native")


@dataclass(frozen=True)
class Interpreter:
    """One interpreter as an installer sees it."""

    name: str
    tag: str
    """The first part of its own tag, e.g. ``cp314``."""
    abi: str
    """The second, e.g. ``cp314t``."""
    version: tuple[int, int]

    @property
    def kind(self) -> str:
        """How its own tag begins: ``cp``, ``pp`` (PyPy) or ``graalpy``."""
        return self.tag.rstrip("0123456789")

    @property
    def build(self) -> str:
        """Which implementation and build it is of which version, e.g. ``cpython 3.14t`` or ``pypy 3.11``."""
        kind = "cpython" if self.is_cpython else self.name.partition("3")[0]
        return f"{kind} {'.'.join(map(str, self.version))}{'t' * self.free_threaded}"

    @property
    def is_cpython(self) -> bool:
        """Whether it is CPython, which alone has a stable ABI that installers know of."""
        return self.kind == "cp"

    @property
    def free_threaded(self) -> bool:
        """Whether it is a free-threaded build of CPython."""
        return self.is_cpython and self.abi.endswith("t")

    def ranks(self, platforms: Sequence[str]) -> dict[Tag, int]:
        """Return all tags that it accepts on ``platforms``, which are ordered; the preferred one has 0.

        The order is that of pip and uv: packaging.tags, which pip contains, for an interpreter that
        need not be this one.
        """
        return {tag: rank for rank, tag in enumerate(self._tags(platforms))}

    def _tags(self, platforms: Sequence[str]) -> Iterable[Tag]:
        # A machine without platform tags accepts no compiled wheel. packaging reads an empty list so, but not
        # always: 26.3 takes it for none given, which stands for the tags of this machine.
        platforms = platforms or ["none"]
        if self.is_cpython:
            yield from cpython_tags(self.version, [self.abi], platforms)
            yield from compatible_tags(self.version, self.tag, platforms)
        else:
            yield from generic_tags(self.tag, [self.abi], platforms)
            any_tag = "pp3" if self.kind == "pp" else None
            yield from compatible_tags(self.version, any_tag, platforms)


def parse(name: str) -> Interpreter:
    """Return the interpreter of this name; raises InputError if there is none."""
    if (match := _CPYTHON.fullmatch(name)) and (not match[3] or int(match[2]) >= _FIRST_FREE_THREADED):
        major, minor, build = match.groups()
        return Interpreter(
            f"{major}.{minor}{build}",
            f"cp{major}{minor}",
            f"cp{major}{minor}{build}",
            (int(major), int(minor)),
        )
    if match := _OTHER.fullmatch(name):
        kind, major, minor, release = match.groups()
        return _other(kind, int(major), int(minor), release or _CURRENT[kind])
    raise InputError(
        UNKNOWN_INTERPRETER,
        f"'{name}' is no interpreter: say 3.14, 3.14t (free-threaded), pypy3.11 or graalpy3.12.",
    )


def named_by(tags: Iterable[Tag]) -> list[Interpreter]:
    """Return the interpreters whose own ABI these tags name, and that each tag of CPython begins with."""
    found: dict[str, Interpreter] = {}
    for tag in sorted(tags, key=str):
        if match := re.fullmatch(r"cp(3)(\d+)", tag.interpreter):
            free_threaded = tag.abi.endswith("t")
            one = parse(f"3.{max(int(match[2]), 13 * free_threaded)}{'t' * free_threaded}")
        elif match := _PYPY_ABI.fullmatch(tag.abi):
            one = _other("pypy", int(match[1]), int(match[2]), match[3])
        elif match := _GRAALPY_ABI.fullmatch(tag.abi):
            one = _other("graalpy", int(match[2]), int(match[3]), match[1])
        else:
            continue
        found[one.name] = one
    return list(found.values())


def _other(kind: str, major: int, minor: int, release: str) -> Interpreter:
    abi = f"pypy{major}{minor}_{release}" if kind == "pypy" else f"graalpy{release}_{major}{minor}_native"
    return Interpreter(
        f"{kind}{major}.{minor}-{release}", f"{_SHORT[kind]}{major}{minor}", abi, (major, minor)
    )
