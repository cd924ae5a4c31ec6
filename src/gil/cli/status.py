"""``gil status``."""

from __future__ import annotations

import sys

import click

from gil.cli.examples import CommandWithExamples
from gil.cli.output import STDOUT, check_folder, json_option, one_sentence, say, width, write_json

_EXAMPLES = (
    ("gil status", "How it is, and why."),
    ("gil status --expect off", "Fails if it is on: for scripts."),
    ("python -X gil=1 -m gil status --json", "With an option of Python's own."),
)


@click.command(
    name="status",
    cls=CommandWithExamples,
    examples=_EXAMPLES,
    short_help="Say whether the GIL is on here, why, and what that means.",
)
@click.option(
    "--expect",
    type=click.Choice(["on", "off"]),
    help="Exit with 1 if the GIL is not so.",
)
@json_option
def status_command(expect: str | None, json_file: str | None) -> None:
    """Say whether the GIL is on here, why, and what that means.

    Tells of this Python as it starts here, with its variables and options: the build, whether the GIL is on
    and what has switched it, what that means for threads, and the extension modules that are loaded.

    Exits with 0, with 1 if the GIL is not as --expect says, and with 2 for wrong usage.
    """
    from gil.instruments.status import status  # noqa: PLC0415
    from gil.view.status import text  # noqa: PLC0415

    check_folder(json_file)
    with one_sentence():
        found = status()
        if json_file != STDOUT:
            say(text(found, width()))
        if json_file is not None:
            write_json(json_file, found.as_json())
    if expect not in {None, "on" if found.gil_enabled else "off"}:
        sys.exit(1)
