"""Showing what long work is doing and for how long."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPEAT = 15.0  # seconds between lines where there is no terminal to redraw


def say(line: str) -> None:
    """Print one line, whole: under PYTHONUNBUFFERED ``print`` would write text and newline apart."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show that ``what`` goes on and its elapsed time; say at the end how long it took.

    On a terminal that is a spinner; elsewhere (CI, nox's parallel mode) a line every 15 s.
    """
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
