"""One line on standard error that says how far something is."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress(*, lines: bool) -> Iterator[Callable[[str], None]]:
    """Give what shows a text: on a terminal always in the same line, which is empty in the end.

    Elsewhere, as in the log of a CI, each is a line if ``lines``, and not shown otherwise.
    """
    if sys.stderr is None or not sys.stderr.isatty():  # None where the process was started without one
        yield lambda text: click.echo(text, err=True) if lines else None
        return
    from shutil import get_terminal_size  # noqa: PLC0415

    shown = 0

    def show(text: str) -> None:
        nonlocal shown
        text = text[: max(get_terminal_size().columns - 1, 1)]
        # Spaces over what is left of the line before; not every terminal knows how to erase.
        sys.stderr.write(f"\r{text.ljust(shown)}")
        sys.stderr.flush()
        shown = len(text)

    try:
        yield show
    finally:
        if shown:
            sys.stderr.write(f"\r{' ' * shown}\r")
            sys.stderr.flush()
