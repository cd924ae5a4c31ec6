"""Reading what stands after ``--`` on nox's command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi_matrix.config.table import Table


def parser() -> argparse.ArgumentParser:
    """Return a parser that leaves errors, and help, to ``read``."""
    return argparse.ArgumentParser(exit_on_error=False, add_help=False)


def read(known: argparse.ArgumentParser, arguments: Sequence[str], usage: str) -> argparse.Namespace:
    """Return what ``arguments`` say; raises UserError, which ends in ``usage``, if that is not understood."""
    try:
        options, unknown = known.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        raise UserError(f"{error}; {usage}") from None
    if unknown:
        raise UserError(f"{' '.join(unknown)} is not understood; {usage}")
    return options


def interpreters(named: Sequence[str], table: Table) -> list[str]:
    """Return the interpreters ``named``; raises UserError for one that is not in the table."""
    for python in named:
        if python not in table.interpreters:
            raise UserError(f"{python} is not in the table; choose from {', '.join(table.interpreters)}.")
    return list(named)
