"""The folder where downloads and built interpreters are kept between runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import platformdirs

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say

if TYPE_CHECKING:
    from collections.abc import Iterator


def folder(*parts: str) -> Path:
    """Return (and make) a folder of the cache: ``$XDG_CACHE_HOME/abi-matrix`` on Linux."""
    path = platformdirs.user_cache_path("abi-matrix").joinpath(*parts)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The cache folder {path} cannot be made ({error.strerror});"
            " set XDG_CACHE_HOME to a writable place."
        ) from error
    return path


@contextmanager
def lock(name: str, project: Path | None = None) -> Iterator[None]:
    """Keep a second run out for as long as this one works on ``name``, in a ``project`` or for all of them.

    The operating system drops the lock with its holder, so a killed run blocks nobody.
    """
    digest = f"-{hashlib.sha256(str(project).encode()).hexdigest()[:16]}" if project else ""
    held = filelock.FileLock(folder("locks") / f"{name}{digest}.lock")
    try:
        held.acquire(timeout=0)
    except filelock.Timeout:
        say(f"Another run is working on {name}; waiting for it.")
        held.acquire()
    try:
        yield
    finally:
        held.release()


@contextmanager
def working_folder(name: str, mebibytes: int, purpose: str) -> Iterator[Path]:
    """Yield an empty folder in the cache, which is gone afterwards.

    Must be used under a ``lock``: what an earlier, killed run left behind is removed first. Raises
    UserError, with ``purpose``, if the disk has less than ``mebibytes`` MiB left.
    """
    parent = folder("building", name)
    for stale in parent.iterdir():
        shutil.rmtree(stale, ignore_errors=True)
    require_space(parent, mebibytes, purpose)
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as work:
        yield Path(work)


def require_space(path: Path, mebibytes: int, purpose: str) -> None:
    """Raise UserError if the disk that holds ``path`` has less than ``mebibytes`` MiB left."""
    free = shutil.disk_usage(path).free // 2**20
    if free < mebibytes:
        raise UserError(
            f"{purpose} needs {mebibytes} MiB and {path} has {free} MiB left;"
            " make room or set XDG_CACHE_HOME to another disk."
        )


def replace(temporary: Path, final: Path) -> None:
    """Put a finished file in its place in one step, so that a half-written one is never seen there."""
    with temporary.open("r+b") as file:  # Windows flushes only what is open for writing
        os.fsync(file.fileno())
    temporary.replace(final)
