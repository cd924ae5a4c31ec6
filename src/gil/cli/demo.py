"""``gil demo``."""

from __future__ import annotations

import gc
import sys
import textwrap
from typing import TYPE_CHECKING

import click

from gil.cli.examples import CommandWithExamples
from gil.cli.output import (
    NARROWEST,
    STDOUT,
    UNKNOWN,
    check_folder,
    json_option,
    one_sentence,
    stdout_to_stderr,
    write_json,
)

if TYPE_CHECKING:
    from gil.lesson.demo import DemoResult


_EXAMPLES = (
    ("gil demo", "The two threads, and a picture of when each was attached."),
    ("gil demo --detached 0.2 --attached 0.5", "Faster; on a busy machine longer phases prove more."),
    ("gil demo --json demo.json", "All events with their times, in a file."),
    ("python -X gil=1 -m gil demo", "A free-threaded Python with its GIL on."),
)


@click.command(
    name="demo",
    cls=CommandWithExamples,
    examples=_EXAMPLES,
    short_help="Show what a GIL does to two threads.",
)
@click.option(
    "--detached",
    type=float,
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the Rust thread sleeps detached; the Python thread sleeps 1.2 times as long.",
)
@click.option(
    "--attached",
    type=float,
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the Rust thread sleeps attached.",
)
@json_option
def demo_command(detached: float, attached: float, json_file: str | None) -> None:
    """Show what a GIL does to two threads.

    Runs a Python thread beside a Rust thread, draws when each was attached, and says what their order proves.

    Exits with 0 if the run proved something, with 1 if it failed, with 2 for wrong usage, with 3 if it proved
    nothing, and with 130 after Ctrl-C. With a GIL, Ctrl-C has to wait while the Rust thread sleeps attached.
    """
    from gil.lesson import demo  # noqa: PLC0415

    try:
        demo.check(detached, attached)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    check_folder(json_file)
    with one_sentence():
        proven = _demo(detached, attached, json_file)
    if not proven:
        sys.exit(UNKNOWN)


def _demo(detached: float, attached: float, json_file: str | None) -> bool:
    """Run the demo, write what was asked for, and return whether the run proved anything."""
    from gil.lesson import demo  # noqa: PLC0415

    # Without a GIL a collection would wait for the end of the Rust thread's attached phase, and whoever it
    # overtakes with it: the Python thread, which then proves nothing, or the main one after Ctrl-C.
    gc.disable()
    if json_file == STDOUT:
        with stdout_to_stderr():
            result = demo.run(detached=detached, attached=attached)
        write_json(json_file, result.as_json())
        return result.proven
    result = demo.run(detached=detached, attached=attached)
    if json_file is not None:
        write_json(json_file, result.as_json())
    _show(result)
    return result.proven


def _show(result: DemoResult) -> None:
    from rich.console import Console  # noqa: PLC0415

    from gil.lesson.phases import by_thread, phases  # noqa: PLC0415
    from gil.view.drawing import Lane, draw  # noqa: PLC0415

    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    console.width = max(console.width, NARROWEST)  # a console of Windows may have less than one column
    asked_ns = round(result.sleep_s * 1e9)
    build = "free-threaded" if result.free_threaded_build else "standard"
    console.print()
    console.print(f"Python {result.python}, {build} build, GIL {'on' if result.gil_enabled else 'off'}")
    console.print()
    own = by_thread(result.events)
    draw(
        console, [Lane(name, phases(own[ident], asked_ns=asked_ns)) for ident, name in result.threads.items()]
    )
    console.print()
    console.print(textwrap.fill(result.verdict, console.width), soft_wrap=True)
