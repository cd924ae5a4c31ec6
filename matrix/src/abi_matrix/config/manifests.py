"""Where a project has the manifests of its crates, and what a file of TOML says."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from abi_matrix.base.errors import BROKEN_TOML, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def manifests(root: Path) -> Iterator[Path]:
    """Yield each Cargo.toml at most two folders down: that of setuptools-rust often lies beside Python."""
    for pattern in ("Cargo.toml", "*/Cargo.toml", "*/*/Cargo.toml"):
        yield from sorted(root.glob(pattern))


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a file says; raises InputError if it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # TOML's own, and that of text which is not UTF-8
        raise InputError(BROKEN_TOML, f"{path} is no valid TOML ({error}): mend it first.") from None
