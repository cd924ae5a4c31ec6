"""What a probe found out, as text for a terminal or a pipe: no line longer than asked."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from gil.instruments.probe.result import Kind
from gil.instruments.probe.words import duration, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gil.instruments.probe.result import Probe
    from gil.instruments.survey.sweep import Found, Sweep

_LABEL = 11
_HEADINGS = {
    Kind.LETS_GO: "lets go of the GIL by itself",
    Kind.ONLY_WHEN_ASKED: "lets go of the GIL only when asked (pure Python)",
    Kind.HOLDS: "does not let go of the GIL by itself",
    Kind.NEVER_LETS_GO: "never lets go of the GIL",
    Kind.DETACHED: "is detached for a part of its time",
    Kind.STOPS_WHEN_ASKED: "is attached, but stops when asked (pure Python)",
    Kind.ATTACHED: "is attached throughout",
    Kind.TOO_SHORT: "is too short to be worth detaching",
    Kind.UNKNOWN: "could not be measured",
}
_NOT_CALLED = "was not measured"


def paragraph(probe: Probe, width: int) -> str:
    """Return the verdict, and the figures that it stands on."""
    lines = textwrap.wrap(probe.sentence, width)
    for label, text in _facts(probe):
        lines += _labelled(label, text, width)
    return "\n".join(lines)


def _facts(probe: Probe) -> Iterator[tuple[str, str]]:
    if probe.verdict != Kind.UNKNOWN:
        low, high = map(percent, probe.confidence)
        longest = duration(probe.longest_attached_ms * 1e6)
        share = f"{percent(probe.attached_share)} of its time ({low} to {high} at 95 %)"
        yield "attached", f"{share}, at most {longest} in one go" if probe.longest_attached_ms else share
    if probe.line:
        yield "line", f"{probe.line} ran in the longest of these"
    yield "released", _times(probe.releases)
    yield "samples", f"{probe.samples:,}, by {probe.method}"
    yield "calls", f"{probe.calls:,}, {duration(probe.call_ms * 1e6)} each"
    if probe.longest_wait_ms is not None:
        who = "another thread asked for the GIL" if probe.gil_enabled else "the world was asked to stop"
        longest = duration(probe.longest_wait_ms * 1e6)
        yield "knocks", f"{who} {_times(probe.knocks)}, and waited up to {longest} for the call"
    if probe.off_processor_share is not None:
        yield "off", f"{percent(probe.off_processor_share)} of its time off the processor (locks, sleep, I/O)"
    yield "cost", f"{duration(probe.detach_us * 1e3)} for a detach and attach on this machine"
    for note in probe.notes:
        yield "note", note


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def table(sweep: Sweep, width: int) -> str:
    """Return the names of a module in groups, by their verdict."""
    probed = len(sweep.probes)
    state = "GIL on" if sweep.gil_enabled else "GIL off"
    lines = textwrap.wrap(
        f"{sweep.module} on Python {sweep.python}, {state}: {probed} of {len(sweep.found)} measured", width
    )
    column = min(max((len(one.name) for one in sweep.found), default=0), width // 3)
    for heading, group in groupby(sorted(sweep.found, key=_place), key=_heading):
        lines += ["", *textwrap.wrap(heading, width)]
        for one in group:
            lines += _labelled(one.name, _remark(one), width, column + 2)
    return "\n".join(lines)


def _place(one: Found) -> tuple[int, float, str]:
    kinds = [*Kind]
    if one.probe is None:
        return len(kinds), 0.0, one.name
    return kinds.index(one.probe.verdict), round(one.probe.attached_share, 3), one.name


def _heading(one: Found) -> str:
    return _HEADINGS[one.probe.verdict] if one.probe else _NOT_CALLED


def _remark(one: Found) -> str:
    if one.probe is None:
        return one.reason or ""
    call = f"{duration(one.probe.call_ms * 1e6)} a call"
    if one.probe.verdict in {Kind.LETS_GO, Kind.DETACHED}:
        longest = one.probe.longest_attached_ms
        attached = f", attached up to {duration(longest * 1e6)}" if longest else ""
        return f"for {percent(one.probe.released_share)}, {call}{attached}"
    return call


def _labelled(label: str, text: str, width: int, column: int = _LABEL) -> list[str]:
    first = f"  {label:<{column}}"
    indent = " " * (column + 2)
    if len(first) > len(indent):  # too long for its column
        return [first.rstrip(), *textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent)]
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=indent) or [first.rstrip()]
