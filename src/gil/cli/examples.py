"""Help that ends in examples."""

from __future__ import annotations

from typing import Any

import click


class CommandWithExamples(click.Command):
    """A command whose help ends in examples: each a command, and what it is for."""

    def __init__(self, *args: Any, examples: tuple[tuple[str, str], ...], **kwargs: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **kwargs)
        self._examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each example, and what it is for."""
        del ctx
        with formatter.section("Examples"):
            for command, meaning in self._examples:
                formatter.write_text(command)
                formatter.indent()
                formatter.write_text(meaning)
                formatter.dedent()
