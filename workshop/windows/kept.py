"""Steps whose result is kept from run to run, as long as what it was made from stays the same."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from abi_matrix.base import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_PURPOSE = "Testing on Windows' Python"
_DIGITS = 16  # of the digest, which a folder's name ends in


def kept(
    parent: Path, name: str, made_from: Iterable[str], mebibytes: int, make: Callable[[Path], None]
) -> Path:
    """Return the folder ``name-...`` in ``parent`` that ``make`` has filled, in this run or an earlier one.

    ``made_from`` tells one result from another: those of other inputs are removed. The folder gets its name
    when it is whole, so what an interrupted run leaves behind is never taken for it. To be called under a
    lock. Raises UserError if the disk has less than ``mebibytes`` MiB left.
    """
    digest = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:_DIGITS]
    final = parent / f"{name}-{digest}"
    if not final.is_dir():
        parent.mkdir(parents=True, exist_ok=True)
        cache.require_space(parent, mebibytes, _PURPOSE)
        part = parent / f"{name}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        make(part)
        part.rename(final)
    for other in parent.glob(f"{name}-{'[0-9a-f]' * _DIGITS}"):  # also `{name}-more` may be kept
        if other != final:
            shutil.rmtree(other, ignore_errors=True)
    return final
