"""The files of this tree that are under version control."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from matrix import processes
from matrix.table import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def tracked(*under: str) -> list[str]:
    """Return what git has (also if only staged) and the disk too, below these paths or everywhere.

    Relative to the root, with slashes. Raises UserError outside a clone.
    """
    listed = processes.succeed(
        "git", "ls-files", "-z", "--", *under, cwd=ROOT,
        or_say=f"{ROOT} is no clone, so nobody knows what belongs to a release: run it in a clone.",
    )  # fmt: skip
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def copy(to: Path) -> Path:
    """Copy the tree into the new folder ``to``, and return it."""
    for name in tracked():
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return to
