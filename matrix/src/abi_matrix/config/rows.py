"""The rows of the table as a build backend needs them: which wheel an interpreter is to get, if any.

Standard library only and in old syntax, so that an interpreter for which nothing is built can say so.
A project may put this module into its sdist.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path
from sys import version_info
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # before 3.11; whatever builds there has brought its forerunner
    import tomli as tomllib  # type: ignore[no-redef, import-not-found]

SECTION = "abi-matrix"
RawRow = dict[str, Any]


def read(file: str | Path) -> dict[str, Any]:
    """Return what a file of TOML, such as pyproject.toml, says."""
    return tomllib.loads(Path(file).read_text(encoding="utf-8"))


def rows(pyproject: str | Path) -> list[RawRow]:
    """Return the rows of the table in a pyproject.toml, with their defaults; none without a table."""
    return [with_defaults(row) for row in read(pyproject).get("tool", {}).get(SECTION, {}).get("wheel", [])]


def with_defaults(row: RawRow) -> RawRow:
    """Return a row as it is written, and what it does not say: the first that it serves builds it."""
    return {"built-with": (row.get("serves") or [""])[0], "env": {}, **row}


def this_python() -> str:
    """Name the running interpreter as the table does: ``3.14``, and ``3.14t`` for a build without a GIL."""
    t = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return "{}.{}{}".format(*version_info[:2], t)


def row_for(python: str, table: list[RawRow]) -> RawRow:
    """Return the row that serves the interpreter named ``python``; one that is not refused."""
    return next(row for row in table if python in row["serves"])


def refusal(project: str, implementation: str, python: str, table: list[RawRow]) -> str | None:
    """Say in one sentence why no row serves an interpreter and what to do; None if one does.

    ``implementation`` is spelled as in ``sys.implementation.name``.
    """
    served = [name for row in table for name in row["serves"]]
    if implementation != "cpython":
        python = f"{implementation}{python}"
    if python in served:
        return None
    last = max(table, key=lambda row: _number(row["built-with"]))
    if implementation == "cpython" and _number(python) > _number(last["built-with"]):
        return (
            f"{project} is not built with Python {python}, which is newer than all that it is tested on:"
            f" install its wheel {last['tag']}, which is for later versions too, or add {python} to that row"
            f" of [tool.{SECTION}] in pyproject.toml and run `nox -s test-{python}`."
        )
    return (
        f"{project} is not built with Python {python}: use one of {', '.join(served)},"
        f" for example with `uv venv --python {served[0]}`."
    )


def _number(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.strip("abcdefghijklmnopqrstuvwxyz").split("."))
