"""What the situations showed, as text for a terminal or a pipe: ASCII, and no line longer than asked."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gil import BuildInfo
    from gil.lesson.observe import Knocks, Observation, Step
    from gil.lesson.situations import Result, Situation

_LABEL = 11


def introduction(info: BuildInfo, width: int) -> str:
    """Return what the reader has to know first."""
    build = "free-threaded" if info.free_threaded_build else "standard"
    legend = {
        "steps": "+ attached, - not attached, by the state of the thread at that moment; trace.detach is"
        " py.detach with marks around it",
        "turns": "how often another thread, which asks every millisecond, had its turn meanwhile, of how"
        " often it asked",
    }
    if not info.gil_enabled:
        legend["stops"] = "the same of a thread that stops the world, as a garbage collection does"
    lines = [f"Python {info.python}, {build} build, GIL {'on' if info.gil_enabled else 'off'}", ""]
    for label, text in legend.items():
        lines += _labelled(label, text, width)
    return "\n".join(lines)


def paragraph(result: Result, width: int) -> str:
    """Return what one situation showed."""
    situation = result.situation
    lines = [f"{situation.name}: {situation.question}", *_code(situation)]
    for label, text in _facts(result.seen) if result.seen else ():
        lines += _labelled(label, text, width)
    lines += _labelled("verdict", result.verdict, width)
    return "\n".join(lines)


def _code(situation: Situation) -> Iterator[str]:
    for language, code in (
        ("Python", "\n".join(filter(None, [situation.setup, situation.python]))),
        ("Rust", "\n".join(situation.rust)),
    ):
        for number, line in enumerate(code.splitlines()):
            yield f"  {'' if number else language:<{_LABEL}}{line}"


def _facts(seen: Observation) -> Iterator[tuple[str, str]]:
    yield "steps", _spelled(seen.steps)
    if seen.threads:
        yield "", f"in each of {seen.threads} threads: {_spelled(seen.thread_steps)}"
    if seen.watched == "detached":
        between = f"from detached to attach, {seen.watched_share:.0%} of a call"
    else:
        between = "from enter to exit"
    yield "turns", _answered(seen.turns, f" in {seen.watched_ms:.0f} ms {between}")
    if seen.stops:
        yield "stops", _answered(seen.stops)


def _spelled(steps: Iterable[Step]) -> str:
    return " ".join(f"{step.label}{'+' if step.attached else '-'}" for step in steps)


def _answered(knocks: Knocks, where: str = "") -> str:
    if not knocks.asked:
        return f"none asked for{where}"
    return f"{knocks.answered} of {knocks.asked}{where}; the longest wait {knocks.longest_ms:.1f} ms"


def _labelled(label: str, text: str, width: int) -> list[str]:
    first = f"  {label:<{_LABEL}}"
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=" " * len(first))
