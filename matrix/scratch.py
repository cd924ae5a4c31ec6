"""Folders for work that is not finished."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from matrix import cache

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def folder(name: str, mebibytes: int, purpose: str) -> Iterator[Path]:
    """Yield an empty folder in the cache, which is gone afterwards.

    Must be used under a ``cache.lock``: what an earlier, killed run left behind is removed first.
    Raises UserError, with ``purpose``, if the disk has less than ``mebibytes`` MiB left.
    """
    parent = cache.folder("building", name)
    for stale in parent.iterdir():
        shutil.rmtree(stale, ignore_errors=True)
    cache.require_space(parent, mebibytes, purpose)
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as work:
        yield Path(work)
