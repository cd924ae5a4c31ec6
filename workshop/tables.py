"""Tables that a document can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Column
from rich.table import Table as Grid

from abi_matrix.base import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable


def show(headings: Iterable[str], rows: Iterable[Iterable[str]], right: str = "") -> None:
    """Print a table in Markdown, no cell of which is broken into lines; ``right`` is a column of numbers."""
    columns = (
        Column(heading, no_wrap=True, justify="right" if heading == right else "left") for heading in headings
    )
    grid = Grid(*columns, box=box.MARKDOWN)
    for row in rows:
        grid.add_row(*row)
    terminal.console(terminal.WIDE).print(grid)
