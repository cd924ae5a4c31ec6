"""What the sessions left behind, as one table and one count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.table import Column

from abi_matrix.base import terminal
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from abi_matrix.testing import results
from abi_matrix.testing.lanes import lanes
from abi_matrix.testing.results import Count
from abi_matrix.testing.runs import writes_xml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from abi_matrix.config.table import Table


def show(table: Table, others: Iterable[str] = ()) -> Count:
    """Print a row an interpreter, then the count of all tests, those of ``others`` too.

    These are sessions that are not of one interpreter.

    The count goes into ``count.txt`` too, because nox has the last word on the screen. Raises UserError if a
    session left nothing behind.
    """
    total = sum((of_session(table.root, name) for name in others), Count())
    total += show_interpreters(table)
    say(str(total))
    (results.folder(table.root) / "count.txt").write_text(f"{total}\n", encoding="utf-8")
    return total


def show_interpreters(table: Table, kind: str = "test") -> Count:
    """Print a row an interpreter of what its session ``kind``-... tested, and return their count.

    Raises UserError if one of them left nothing behind.
    """
    rows, total = [], Count()
    for python in table.interpreters:
        session = f"{kind}-{python}"
        names = [lane.name for lane in lanes(python, table)]
        identity = json.loads(read(table.root, session, f"{names[0]}.json"))
        if writes_xml(table):
            left = results.folder(table.root) / session
            counts = {name: results.of_pytest(left / f"{name}.xml") for name in names}
            passed = ", ".join(f"{name}: {count.passed}" for name, count in counts.items())
            skipped = ", ".join(str(count.skipped) for count in counts.values())
            total += sum(counts.values(), Count())
        else:
            passed, skipped = ", ".join(names), ""
        rows.append((python, identity["line"], read(table.root, session, "wheel.txt"), passed, skipped))
    headings = ("identity", "wheel", "tests passed", "skipped")
    folded = (Column(heading, overflow="fold") for heading in headings)
    terminal.show("Tested", ["interpreter", *folded], rows)
    return total


def of_session(root: Path, name: str) -> Count:
    """Return the count of a session that left results of pytest (``NAME.xml``) or cargo (``cargo.txt``)."""
    left = results.folder(root) / name
    if (left / "cargo.txt").exists():
        return results.of_cargo(read(root, name, "cargo.txt"))
    return results.of_pytest(left / f"{name}.xml")


def read(root: Path, session: str, name: str) -> str:
    """Return a file that a session left behind; raises UserError if it did not."""
    file = results.folder(root) / session / name
    if not file.exists():
        raise UserError(f"The session {session} left no {name} behind: run it, or `nox`.")
    return file.read_text(encoding="utf-8")
