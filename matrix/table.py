"""The table in pyproject.toml: which wheel is built with what and serves which interpreters.

Interpreters are named as nox and uv name them: ``3.14`` is the standard build, ``3.14t`` the
free-threaded one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Wheel:
    """One row: a wheel and the interpreters it is for."""

    tag: str
    """Python and ABI tag of the file name, e.g. ``cp315-abi3.abi3t``."""
    built_with: str
    serves: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    """Environment variables that building it needs."""

    @property
    def session(self) -> str:
        """The name of the session that builds it."""
        return f"wheel-{self.tag}"


@dataclass(frozen=True)
class Source:
    """An upstream source release, pinned."""

    version: str
    """As upstream spells it, e.g. ``3.15.0rc2``."""
    sha256: str
    """Of the ``.tar.xz``, in hexadecimal."""


@dataclass(frozen=True)
class Table:
    """All rows."""

    wheels: tuple[Wheel, ...]
    sources: dict[str, Source]
    """By minor version; a standard and a free-threaded build share one."""
    demo: tuple[str, ...]
    """The interpreters that ``nox -s demo`` compares when none is named."""
    bench: tuple[str, ...] = ()
    """The interpreters that ``nox -s bench`` measures when none is named."""

    @property
    def interpreters(self) -> list[str]:
        """Every interpreter that some wheel serves: standard builds first, oldest first."""
        return sorted((python for wheel in self.wheels for python in wheel.serves), key=_age)

    def wheel_for(self, python: str) -> Wheel:
        """Return the row that serves ``python``; raises KeyError if there is none."""
        for wheel in self.wheels:
            if python in wheel.serves:
                return wheel
        raise KeyError(python)

    def source_for(self, python: str) -> Source:
        """Return the sources that ``python`` can be built from; raises KeyError if none are pinned."""
        return self.sources[python.removesuffix("t")]


def is_free_threaded(python: str) -> bool:
    """Whether the name ``python`` asks for a free-threaded build."""
    return python.endswith("t")


def minor(python: str) -> tuple[int, int]:
    """``(3, 14)`` for ``3.14`` and for ``3.14t``."""
    major, minor_ = python.removesuffix("t").split(".")
    return int(major), int(minor_)


def _age(python: str) -> tuple[bool, tuple[int, int]]:
    return is_free_threaded(python), minor(python)


def pyproject() -> dict[str, Any]:
    """Return the parsed pyproject.toml of this tree."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def load() -> Table:
    """Return the table of this tree."""
    raw = pyproject()["tool"]["gil-matrix"]
    return Table(
        wheels=tuple(
            Wheel(row["tag"], row["built-with"], tuple(row["serves"]), row.get("env", {}))
            for row in raw["wheel"]
        ),
        sources={python: Source(**pin) for python, pin in raw["sources"].items()},
        demo=tuple(raw["demo"]),
        bench=tuple(raw["bench"]),
    )
