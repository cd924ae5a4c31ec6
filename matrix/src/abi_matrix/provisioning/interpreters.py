"""Finding the table's interpreters, and providing those that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.base import cache
from abi_matrix.base.errors import MISSING_INTERPRETER, InputError
from abi_matrix.base.progress import say
from abi_matrix.interpreters.local import search
from abi_matrix.provisioning import compilation, uv

if TYPE_CHECKING:
    from python_discovery import PythonInfo

    from abi_matrix.config.table import Table


def provide(python: str, table: Table) -> PythonInfo:
    """Return an interpreter for ``python``: one that is there, else uv's download, else built.

    Raises UserError where all three fail. Safe to call from two runs at once.
    """
    if (found := search(python)) is not None:
        return found
    # One lock for all: two compilations at once would each take twice as long.
    with cache.lock("interpreters"):
        if (found := search(python)) is not None:
            return found
        refusal = uv.install(python)
        if refusal is not None:
            _build(python, table, refusal)
    if (found := search(python)) is not None:
        return found
    raise InputError(
        MISSING_INTERPRETER,
        f"What uv has installed as {python} is not a {python}:"
        f" remove it with `uv python uninstall {python}` and run again.",
    )


def executable(python: str, table: Table) -> str:
    """Return the path of an interpreter for ``python``, provided if need be; raises UserError likewise."""
    return str(provide(python, table).system_executable)


def _build(python: str, table: Table, refusal: str) -> None:
    try:
        source = table.source_for(python)
    except KeyError:
        raise InputError(
            MISSING_INTERPRETER,
            f"uv could not download {python} ({refusal}), and no sources are pinned for it: connect to the"
            " network, update uv, or add a row to [tool.abi-matrix.sources] in pyproject.toml.",
        ) from None
    say(f"{python}: uv could not download it ({refusal}); building it from source.")
    uv.install_packed(python, compilation.packed(python, source), source)
