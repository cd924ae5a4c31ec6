"""The rows of tests/claims/catalogue.toml, and the tests whose names carry them. Standard library only."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matrix.table import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TABLE = ROOT / "tests" / "claims" / "catalogue.toml"
_IDS = re.compile(r"test_((?:[a-z]\d+_)+)")


@dataclass(frozen=True)
class Row:
    """One thing to be proven."""

    id: str
    """A letter and a number, such as ``B3``."""
    proves: str
    """One sentence."""
    proven_by: tuple[str, ...] = ()
    """What proves it and is not a test of its name: ``file::function``, the file from the tree's root."""


def load() -> list[Row]:
    """Return the table."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["row"]
    return [Row(row.pop("id"), row.pop("proves"), tuple(row.pop("proven-by", ())), **row) for row in rows]


def carriers(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """Return by id the tests in ``folder`` whose names carry it, as ``file::test``."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for file in folder.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (ids := _IDS.match(node.name)):
                for id_ in ids[1].upper().strip("_").split("_"):
                    found[id_].add(f"{file.relative_to(folder.parent).as_posix()}::{node.name}")
    return {id_: sorted(tests) for id_, tests in found.items()}


def is_defined(proof: str, root: Path = ROOT) -> bool:
    """Tell whether the file of ``file::function`` defines that function, in Python or Rust."""
    file, _, function = proof.partition("::")
    path = root / file
    return path.is_file() and bool(
        re.search(rf"(?m)^\s*(def|(pub )?fn) {re.escape(function)}\(", path.read_text(encoding="utf-8"))
    )
