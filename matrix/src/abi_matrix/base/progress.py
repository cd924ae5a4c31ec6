"""Showing what long work is doing and for how long."""

from __future__ import annotations

import io
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPEAT = 15.0  # seconds between lines where there is no terminal to redraw


def escape_what_cannot_be_printed() -> None:
    """Let standard output print a character that its encoding lacks as an escape sequence, not raise.

    maturin's messages have such characters, and a pipe has the encoding of the locale: on Windows cp1252.
    Python has standard error do the same from the start.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """Print one line, whole: under PYTHONUNBUFFERED ``print`` would write text and newline apart."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show that ``what`` goes on and its elapsed time; say at the end how long it took.

    On a terminal that is a spinner; elsewhere (CI, nox's parallel mode) a line every 15 s.
    """
    # Only here: every session imports this module, and few have long work to show.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    start = time.monotonic()
    console = Console()
    if console.is_terminal:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            progress.add_task(what, total=None)
            yield
    else:
        with _lines(what, start):
            yield
    say(f"{what}: done in {time.monotonic() - start:.1f} s")


@contextmanager
def _lines(what: str, start: float) -> Iterator[None]:
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(_REPEAT):
            say(f"{what} ... {time.monotonic() - start:.0f} s")

    say(f"{what} ...")
    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
