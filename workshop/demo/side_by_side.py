"""The demo on several interpreters, side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table as Grid

from abi_matrix.base import terminal
from abi_matrix.interpreters.local import search
from abi_matrix.interpreters.names import parse
from abi_matrix.provisioning import interpreters
from workshop import arguments, extension
from workshop.repository import pyproject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import nox

    from abi_matrix.config.table import Table

_WIDTH = 80  # so that the README can show it
_TELLING = 3  # the last steps of a run: which thread left first


def run(session: nox.Session, table: Table) -> None:
    """Build for, and run `gil demo` on, the interpreters named after ``--``, and compare them."""
    runs = []
    for python in chosen(session.posargs, table):
        interpreter = interpreters.executable(python, table)
        wheel = extension.build(table.row_for(python))
        runs.append(Path(session.create_tmp()) / f"{python}.json")
        session.log(f"{python}: python -m gil demo")
        session.run(
            "uv", "run", "--quiet", "--no-project", f"--python={interpreter}", f"--with={wheel}",
            "python", "-m", "gil", "demo", f"--json={runs[-1]}",
            env={"PYTHONPATH": None, "PYTHON_GIL": None},
        )  # fmt: skip
    show(runs)


def chosen(named: Sequence[str], table: Table) -> list[str]:
    """Return the interpreters to compare: those ``named``, else the table's choice.

    Of standard builds the newest that the machine already has takes the place of the table's, so
    that a first look need not wait for another. Raises UserError for a name outside the table.
    """
    if named:
        return arguments.interpreters(named, table)
    standard = [python for python in table.interpreters if not parse(python).free_threaded]
    here = next((python for python in reversed(standard) if search(python)), None)
    return [
        python if here is None or parse(python).free_threaded else here
        for python in pyproject()["tool"]["gil-workshop"]["demo"]
    ]


def show(runs: Sequence[Path]) -> None:
    """Print one table of what ``gil demo --json=FILE`` wrote, a row a file."""
    title = "The same two threads on each interpreter"
    shown = Grid(title=title, box=box.HORIZONTALS, show_lines=True, show_edge=False, pad_edge=False)
    for heading in ("interpreter\nbuild", "GIL\nnow", "order\nobserved", "wait to\nre-attach"):
        shown.add_column(heading, no_wrap=True)
    shown.add_column("what\nthat means")
    for run in runs:
        seen = json.loads(run.read_text(encoding="utf-8"))
        steps = seen["order"]
        waited = steps.index("Py: Exit") > steps.index("Rust: Exit")
        shown.add_row(
            f"{seen['python']}\n{'free-threaded' if seen['free_threaded_build'] else 'standard'}",
            "on" if seen["gil_enabled"] else "off",
            "\n".join(steps[-_TELLING:]),
            f"Rust {seen['rust_wait_ms']:8.1f} ms\nPython {seen['python_late_ms']:6.1f} ms",
            "one attached at a time: Python waited" if waited else "both attached at once: Python ran on",
        )
    terminal.console(_WIDTH).print(shown)
