"""Where a project has the manifests of its crates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def manifests(root: Path) -> Iterator[Path]:
    """Yield each Cargo.toml at most two folders down: that of setuptools-rust often lies beside Python."""
    for pattern in ("Cargo.toml", "*/Cargo.toml", "*/*/Cargo.toml"):
        yield from sorted(root.glob(pattern))
