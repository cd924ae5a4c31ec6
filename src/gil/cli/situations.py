"""``gil situations``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

import gil
from gil.cli.examples import CommandWithExamples
from gil.cli.output import STDOUT, UNKNOWN, check_folder, json_option, one_sentence, say, width, write_json
from gil.cli.progress import progress
from gil.lesson import situations
from gil.view import situations as text

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXAMPLES = (
    ("gil situations", "All of them."),
    ("gil situations hold release", "One that stays attached, and one that does not."),
    ("gil situations --json all.json", "What was seen of each, in a file."),
)


class _SituationsCommand(CommandWithExamples):
    """A command whose help lists the situations before the options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list, then the options."""
        with formatter.section("Situations"):
            formatter.write_dl(
                [(name, situation.question) for name, situation in situations.CATALOGUE.items()]
            )
        super().format_options(ctx, formatter)


# Of what is not said to be a `short_help`, `gil --help` shows no more than fits in one line.
@click.command(
    name="situations",
    cls=_SituationsCommand,
    examples=_EXAMPLES,
    short_help="Show when code must be attached, and what that does to other threads.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(list(situations.CATALOGUE)))
@json_option
def situations_command(names: tuple[str, ...], json_file: str | None) -> None:
    """Show when code must be attached, and what that does to other threads.

    Runs each situation, or those named, while another thread asks for its turn again and again and, where
    there is no GIL, to stop the world; says whether the situation was attached at each step, what the others
    got to do, and what that proves.

    Exits with 0 if all of them proved something, with 1 if one failed, with 2 for wrong usage, with 3 if one
    proved nothing, and with 130 after Ctrl-C.
    """
    check_folder(json_file)
    if json_file in situations.CATALOGUE:
        raise click.UsageError(f"'{json_file}' would be a file; name the situations before --json.")
    with one_sentence():
        results = _situations(names, json_file)
    if any(result.kind == situations.NOTHING for result in results):
        sys.exit(UNKNOWN)


def _situations(names: tuple[str, ...], json_file: str | None) -> list[situations.Result]:
    """Run the situations, write what was asked for, and return what they showed."""
    info = gil.build_info()
    columns = width()
    results = []
    if json_file != STDOUT:
        say(text.introduction(info, columns))
    for result in _run(names, told=json_file == STDOUT):
        results.append(result)
        if json_file != STDOUT:
            say(f"\n{text.paragraph(result, columns)}")
    if json_file is not None:
        write_json(
            json_file,
            {
                "python": info.python,
                "free_threaded_build": info.free_threaded_build,
                "gil_enabled": info.gil_enabled,
                "situations": [result.as_json() for result in results],
            },
        )
    return results


def _run(names: tuple[str, ...], *, told: bool) -> Iterator[situations.Result]:
    """Run the situations, and if ``told`` say which, as nothing else is shown meanwhile."""
    chosen = [name for name in situations.CATALOGUE if name in names or not names]
    with progress(lines=False) as show:
        for number, name in enumerate(chosen, 1):
            if told:
                show(f"{number} of {len(chosen)}: {name}")
            yield from situations.run([name])
