"""Cargo's target folders: one an ABI, so that switching between ABIs recompiles nothing.

Macros, build scripts and whatever does not depend on Python are the same for all ABIs. They are compiled for
the first, whose folder the others begin with; cargo itself knows which parts of it are stale.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from abi_matrix.base import cache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COMPLETE = ".abi-matrix"
"""In a folder with which a build has succeeded."""


@contextmanager
def target_folder(root: Path, tag: str) -> Iterator[Path]:
    """Yield the target folder for the ABI ``tag`` of the project in ``root``.

    While there is none to begin with, only one build has a folder at a time.
    """
    targets = root / "target"
    folder = targets / tag
    with ExitStack() as held:
        if not (folder / _COMPLETE).exists():
            held.enter_context(cache.lock("the first build", root))
            if first := next(targets.glob(f"*/{_COMPLETE}"), None):
                _copy(first.parent, folder)
                held.close()
        yield folder
        if folder.is_dir():
            (folder / _COMPLETE).touch()


def _copy(first: Path, folder: Path) -> None:
    """Copy with the files' times, by which cargo sees what is fresh, in place of what is not complete."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(
        first, part, symlinks=True, ignore=shutil.ignore_patterns("incremental", "wheels", _COMPLETE)
    )
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
