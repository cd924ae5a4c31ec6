"""Which interpreters the project is built for: a row of the table in pyproject.toml, or one sentence.

Old syntax and few imports, for it must say its sentence where nothing else here runs.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # before 3.11; maturin needs its forerunner there, so it is at hand
    import tomli as tomllib  # type: ignore[no-redef, import-not-found]

Row = dict[str, Any]


def this_python() -> str:
    """Name the running interpreter as the table does: ``3.14``, and ``3.14t`` for a build without a GIL."""
    t = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return "{}.{}{}".format(*sys.version_info[:2], t)


def rows(pyproject: str | Path) -> list[Row]:
    """Return the rows of the table in ``pyproject``, the path of a pyproject.toml."""
    text = Path(pyproject).read_text(encoding="utf-8")
    table: list[Row] = tomllib.loads(text)["tool"]["gil-matrix"]["wheel"]
    return table


def row_for(python: str, table: list[Row]) -> Row:
    """Return the row of ``table`` that serves the interpreter named ``python``; one that is not refused."""
    return next(row for row in table if python in row["serves"])


def refusal(implementation: str, python: str, table: list[Row]) -> str | None:
    """Say in one sentence why no row serves an interpreter and what to do; None if one does.

    ``implementation`` is spelled as in ``sys.implementation.name``.
    """
    served = [name for row in table for name in row["serves"]]
    if implementation != "cpython":
        python = f"{implementation} {python}"
    elif python in served:
        return None
    last = max(table, key=lambda row: _number(row["built-with"]))
    if implementation == "cpython" and _number(python) > _number(last["built-with"]):
        return (
            f"gil-demo is not built with Python {python}, which is newer than all that it is tested on:"
            f" install its wheel {last['tag']}, which is for later versions too, or add {python} to that row"
            f" of [tool.gil-matrix] in pyproject.toml and run `nox -s test-{python}`."
        )
    return (
        f"gil-demo is not built with Python {python}: use one of {', '.join(served)},"
        f" for example with `uv venv --python {served[0]}`."
    )


def _number(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.rstrip("t").split("."))
