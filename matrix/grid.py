"""Tables on the terminal, and in a log that has no width of its own."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as Grid

_WIDTH = 170  # where no terminal says otherwise


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table."""
    grid = Grid(*columns, title=title)
    for row in rows:
        grid.add_row(*row)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    console.print(grid)
