"""The demo on several interpreters, side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table as Grid

from matrix import interpreters
from matrix.errors import UserError
from matrix.table import is_free_threaded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matrix.table import Table


def chosen(named: Sequence[str], table: Table) -> list[str]:
    """Return the interpreters to compare: those ``named``, else the table's choice.

    Of standard builds the newest that the machine already has takes the place of the table's, so
    that a first look need not wait for another. Raises UserError for a name outside the table.
    """
    for python in named:
        if python not in table.interpreters:
            raise UserError(f"{python} is not in the table; choose from {', '.join(table.interpreters)}.")
    if named:
        return list(named)
    standard = [python for python in table.interpreters if not is_free_threaded(python)]
    here = next((python for python in reversed(standard) if interpreters.find(python)), None)
    return [python if here is None or is_free_threaded(python) else here for python in table.demo]


def show(runs: Sequence[Path]) -> None:
    """Print one table of what ``gil demo --json=FILE`` wrote, a row a file."""
    grid = Grid(title="The same two threads", show_lines=True)
    console = Console()
    console.print(grid)
    for run in runs:
        json.loads(run.read_text(encoding="utf-8"))
