"""Tables on the terminal, and in a log that has no width of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Column
from rich.table import Table as Grid

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDE = 170
"""Columns for what is not meant to be pasted anywhere."""


def console(width: int, **options: Any) -> Console:  # noqa: ANN401 - rich's own
    """Return a console as wide as the terminal, or of ``width`` columns where there is none."""
    found = Console(highlight=False, **options)
    return found if found.is_terminal else Console(highlight=False, width=width, **options)


def show(title: str, columns: Iterable[str | Column], rows: Iterable[Iterable[str]]) -> None:
    """Print a table."""
    grid = Grid(*columns, title=title)
    for row in rows:
        grid.add_row(*row)
    console(WIDE).print(grid)
