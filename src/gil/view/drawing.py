"""Draws phases for a terminal: one lane a thread under a time axis, a legend, and a table of the numbers."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from gil.lesson.phases import Phase

# Told apart without colour too, and of one cell each.
UNICODE = {"attached": "█", "waiting": "░", "detached": "─"}
ASCII = {"attached": "#", "waiting": ".", "detached": "-"}

_STYLES = {"attached": "green", "waiting": "red", "detached": "cyan"}
_LEGEND = {"attached": "attached", "waiting": "waiting to attach", "detached": "detached"}
_LONGEST_NAME = 20
_NARROWEST_BAR = 20
_CELLS_PER_TICK = 10
_HEADINGS = ("thread", "state", "from ms", "to ms", "duration ms")
_TEXT_COLUMNS = 2
# Beyond that a thread gets one row a state: a main thread's `release` comes in slices of 50 ms.
_MOST_ROWS = 12


class Lane(NamedTuple):
    """One thread to draw."""

    name: str
    phases: Sequence[Phase]


def draw(console: Console, lanes: Sequence[Lane]) -> None:
    """Print the lanes in the width, colours and encoding of ``console``; times count from the first phase."""
    known = [phase for lane in lanes for phase in lane.phases]
    if not known:
        console.print("Nothing to draw: no thread was seen twice.")
        return
    start_ns, end_ns = min(p.start_ns for p in known), max(p.end_ns for p in known)
    glyphs = glyphs_for(console.encoding)
    names = [printable(lane.name, console.encoding) for lane in lanes]
    margin = min(_LONGEST_NAME, max(map(cell_len, names)))
    names = [set_cell_size(name, margin) for name in names]
    width = max(_NARROWEST_BAR, console.width - margin - 2)

    def unwrapped(text: Text) -> None:
        # On a terminal that is too narrow the lines stay whole, and whoever widens it or scrolls sees them.
        console.print(text, no_wrap=True, overflow="ignore", crop=False)

    def line(name: str, content: Text) -> None:
        unwrapped(Text(name + "  ").append_text(content))

    labels, marks = axis((end_ns - start_ns) / 1e6, width)
    line("ms".ljust(margin), Text(labels))
    line(" " * margin, Text(marks))
    for name, lane in zip(names, lanes, strict=True):
        line(name, _coloured(bar(lane.phases, start_ns, end_ns, width), glyphs))
    console.print()
    console.print(_legend(glyphs, (end_ns - start_ns) / 1e6 / width))
    console.print()
    heading, *table = _table(names, lanes, start_ns)
    unwrapped(Text(heading, "bold"))
    unwrapped(Text("\n".join(table)))
    if any(phase.inferred for phase in known):
        console.print()
        console.print(Text("* inferred: time.sleep detaches; what it took beyond the time asked was a wait"))


def glyphs_for(encoding: str) -> Mapping[str, str]:
    """Return the character of each state, in ASCII where ``encoding`` has no better ones."""
    try:
        "".join(UNICODE.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def printable(name: str, encoding: str) -> str:
    """Return ``name`` without anything that ``encoding`` cannot write or that would move the cursor."""
    visible = "".join(char if char.isprintable() else "?" for char in name)
    return visible.encode(encoding, "backslashreplace").decode(encoding)


def bar(phases: Sequence[Phase], start_ns: int, end_ns: int, width: int) -> list[str | None]:
    """Return ``width`` cells for the time from ``start_ns`` to ``end_ns``.

    Each cell is the state that takes up most of its time, or None where that is not known.
    """
    edges = [start_ns + (end_ns - start_ns) * cell // width for cell in range(width + 1)]
    shares: list[dict[str, int]] = [{} for _ in range(width)]
    for phase in phases:
        first = (phase.start_ns - start_ns) * width // (end_ns - start_ns)
        for cell in range(max(0, first), width):
            if edges[cell] >= phase.end_ns:
                break
            share = min(edges[cell + 1], phase.end_ns) - max(edges[cell], phase.start_ns)
            shares[cell][phase.state] = shares[cell].get(phase.state, 0) + share
    cells: list[str | None] = []
    for cell, known in enumerate(shares):
        unknown = edges[cell + 1] - edges[cell] - sum(known.values())
        state = max(known, key=known.__getitem__, default=None)
        cells.append(state if state is not None and known[state] >= unknown else None)
    return cells


def axis(span_ms: float, width: int) -> tuple[str, str]:
    """Return two lines of at most ``width`` characters: labels in ms where they fit, and a mark a tick."""
    least = span_ms / max(1, width // _CELLS_PER_TICK)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)
    labels, marks = " " * width, " " * width
    for tick in range(math.floor(span_ms / step) + 1):
        cell = min(width - 1, int(tick * step * width / span_ms))
        marks = marks[:cell] + "|" + marks[cell + 1 :]
        label = f"{tick * step:.10g}"
        at = max(0, min(cell, width - len(label)))
        if labels[max(0, at - 1) : at + len(label)].isspace():  # else there is no room for it
            labels = labels[:at] + label + labels[at + len(label) :]
    return labels.rstrip(), marks.rstrip()


def _coloured(cells: Sequence[str | None], glyphs: Mapping[str, str]) -> Text:
    text = Text()
    for state, run in groupby(cells):
        length = sum(1 for _ in run)
        if state is None:
            text.append(" " * length)
        else:
            text.append(glyphs[state] * length, _STYLES[state])
    return text


def _legend(glyphs: Mapping[str, str], cell_ms: float) -> Text:
    text = Text()
    for state, meaning in _LEGEND.items():
        text.append(glyphs[state] * 2, _STYLES[state]).append(f" {meaning}   ")
    return text.append(f"(a character is {float(f'{cell_ms:.3g}'):.10g} ms)")


def _table(names: Sequence[str], lanes: Sequence[Lane], start_ns: int) -> list[str]:
    # Not rich's table: at a narrow terminal it cuts numbers, and a number cut is another number.
    table: list[tuple[str, ...]] = [_HEADINGS]
    for name, lane in zip(names, lanes, strict=True):
        for row, (state, *numbers) in enumerate(rows(lane.phases, start_ns)):
            table.append(("" if row else name, state, *(f"{number:.2f}" for number in numbers)))
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    return ["   ".join(_aligned(row, widths)).rstrip() for row in table]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for column, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield set_cell_size(text, width) if column < _TEXT_COLUMNS else text.rjust(width)


def rows(phases: Sequence[Phase], start_ns: int) -> list[tuple[str, float, float, float]]:
    """Return state, from, to and duration in ms of each phase; of more than a dozen, the sums a state."""
    if len(phases) <= _MOST_ROWS:
        groups = [[phase] for phase in phases]
    else:
        states = dict.fromkeys((phase.state, phase.inferred) for phase in phases)
        groups = [[p for p in phases if (p.state, p.inferred) == state] for state in states]
    return [
        (
            _spelled(group),
            (group[0].start_ns - start_ns) / 1e6,
            (group[-1].end_ns - start_ns) / 1e6,
            sum(phase.duration_ns for phase in group) / 1e6,
        )
        for group in groups
    ]


def _spelled(group: Sequence[Phase]) -> str:
    times = f" ({len(group)} times)" if len(group) > 1 else ""
    return f"{group[0].state}{times}{' *' if group[0].inferred else ''}"
