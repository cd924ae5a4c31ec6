"""This repository: its folder, its table, its version, and the files that are under version control."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi_matrix.base import commands
from abi_matrix.config import metadata, rows
from abi_matrix.config.table import load

if TYPE_CHECKING:
    from collections.abc import Container

    from abi_matrix.config.table import Table

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "gil-demo"
TOOL = str(ROOT / "matrix" / "src")
"""Where abi_matrix is imported from."""
IMPORTS = os.pathsep.join([str(ROOT), TOOL])
"""PYTHONPATH of what imports the workshop."""

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")


def table() -> Table:
    """Return the table of this repository."""
    return load(ROOT)


def announced() -> Table:
    """Return the table without the interpreters whose version no classifier names.

    A coming CPython is in the table, and so tested, before it is promised. README, docs, pinned sources and
    cibuildwheel's configurations are held to what is announced; sessions and CI's jobs follow the table.
    """
    whole = table()
    classified = {_CLASSIFIER.fullmatch(line) for line in pyproject()["project"]["classifiers"]}
    versions = {match[1] for match in classified if match}
    return narrowed(whole, [one for one in whole.interpreters if one.removesuffix("t") in versions])


def narrowed(whole: Table, pythons: Container[str]) -> Table:
    """Return the table as far as it is about these interpreters, without the rows that serve none of them."""
    rows_ = (
        dataclasses.replace(row, serves=tuple(python for python in row.serves if python in pythons))
        for row in whole.rows
    )
    return dataclasses.replace(whole, rows=tuple(row for row in rows_ if row.serves))


def pyproject() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return rows.read(ROOT / "pyproject.toml")


def cargo_lock() -> list[dict[str, Any]]:
    """Return the packages of Cargo.lock."""
    packages: list[dict[str, Any]] = rows.read(ROOT / "Cargo.lock")["package"]
    return packages


def version() -> str:
    """Return the project's version, which Cargo.toml holds."""
    return metadata.read(ROOT).version


def tracked(*under: str) -> list[str]:
    """Return the files that git knows, staged ones included, and that exist; all, or those below ``under``.

    Their paths are relative to the root, with slashes. Raises UserError outside a clone.
    """
    listed = commands.succeed(
        "git", "ls-files", "-z", "--", *under, cwd=ROOT,
        or_say=f"{ROOT} is no clone, so nobody knows what belongs to a release: run it in a clone.",
    )  # fmt: skip
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def copy(to: Path) -> Path:
    """Copy the files under version control into the new folder ``to``, and return it."""
    for name in tracked():
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return to
