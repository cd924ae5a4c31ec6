"""How it stands with the GIL, as text for a terminal or a pipe."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gil.instruments.status import Status

_LABEL = 11
_DECLARES = {
    "not used": "can run without",
    "used": "needs the GIL",
    "undeclared": "nothing",
    "no module": "nothing",
    "unknown": "not to be read here",
}
_HEADINGS = ("extension module", "ABI", "declares", "distribution")


def text(status: Status, width: int) -> str:
    """Return all of it; only the table may be wider than ``width``."""
    build = "free-threaded" if status.free_threaded_build else "standard"
    lines = [f"Python {status.python}, {build} build, GIL {'on' if status.gil_enabled else 'off'}", ""]
    lines += _labelled("why", status.why, width)
    lines += _labelled("threads", " ".join(status.threads), width)
    return "\n".join([*lines, "", *_table(status)])


def _table(status: Status) -> Iterator[str]:
    rows = [
        (module.name, module.abi, _DECLARES[module.declares], module.distribution or "none")
        for module in status.others
    ]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    for row in (_HEADINGS, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    own = len(status.modules) - len(rows)
    yield f"and {own} of Python's own, of which none wants the GIL"


def _labelled(label: str, words: str, width: int) -> list[str]:
    first = f"{label:<{_LABEL}}"
    return textwrap.wrap(words, width, initial_indent=first, subsequent_indent=" " * len(first))
