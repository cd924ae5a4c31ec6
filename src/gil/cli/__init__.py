"""The command line: ``gil``, or ``python -m gil``.

A module for each command. What only one command needs, or one option, is imported where it is used, because
importing is a third of what starting takes.
"""

from __future__ import annotations

from typing import Any

import click

import gil
from gil.cli.demo import demo_command
from gil.cli.examples import CommandWithExamples
from gil.cli.imports import imports_command
from gil.cli.output import INTERRUPTED, is_of_a_closed_pipe, leave
from gil.cli.probe import probe_command
from gil.cli.situations import situations_command
from gil.cli.status import status_command

__all__ = ["main"]


_EXAMPLES = (
    ("gil demo", "See it happen."),
    ("gil probe hashlib:sha256 'bytes(10**8)'", "Does this call let other threads run?"),
    ("gil imports numpy", "Does this package switch the GIL on?"),
)


class _Commands(CommandWithExamples, click.Group):
    """The commands; click prints the help itself, and knows of closed pipes only what other systems do."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own
        """Run the command that the arguments name."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if not is_of_a_closed_pipe(error):
                raise
            leave(1)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own
        """Run a command; Ctrl-C, whenever it comes, is a sentence of ours, and not click's `Aborted!`."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            leave(INTERRUPTED)


@click.group(name="gil", cls=_Commands, examples=_EXAMPLES)
@click.version_option(gil.__version__, message="gil-demo %(version)s")
def main() -> None:
    """See the GIL."""


main.add_command(demo_command)
main.add_command(probe_command)
main.add_command(situations_command)
main.add_command(imports_command)
main.add_command(status_command)
