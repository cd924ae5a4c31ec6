"""The lanes: the ways in which one session runs the same tests over the same wheel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from abi_matrix.config import keys
from abi_matrix.interpreters.names import parse

if TYPE_CHECKING:
    from abi_matrix.base.errors import InputError
    from abi_matrix.config.table import Table

DEFAULTS: tuple[dict[str, Any], ...] = (
    {"name": "default"},
    {"name": "PYTHON_GIL=1", "on": "free-threaded", "env": {"PYTHON_GIL": "1"}},
    {"name": "PYTHON_GIL=0", "on": "free-threaded", "env": {"PYTHON_GIL": "0"}},
)
"""The lanes of a table that has none: as a user meets the wheel, and with CPython's variable."""
_ON = ("standard", "free-threaded")


@dataclass(frozen=True)
class Lane:
    """One run of the tests."""

    name: str
    gil: str
    """What the GIL must be before, during and after: ``on`` or ``off``."""
    arguments: tuple[str, ...] = ()
    """Appended to the command of the tests."""
    env: dict[str, str | None] = field(default_factory=dict)
    """PYTHON_GIL is set or taken away explicitly: a standard build dies of PYTHON_GIL=0."""
    switch_interval: float | None = None
    """Seconds, for ``sys.setswitchinterval``."""


def lanes(python: str, table: Table) -> list[Lane]:
    """Return the lanes of ``python`` in the table's order; raises InputError if one makes no sense."""
    written = table.lanes or DEFAULTS
    return [_lane(raw, python) for raw in written if _is_on(raw, python)]


def _is_on(raw: dict[str, Any], python: str) -> bool:
    on = raw.get("on", [python])
    if isinstance(on, str):
        if on not in _ON:
            raise _wrong(raw, f"is on '{on}': write {' or '.join(_ON)}, or a list of interpreters")
        return (on == "free-threaded") == parse(python).free_threaded
    return python in on


def _lane(raw: dict[str, Any], python: str) -> Lane:
    env = {"PYTHON_GIL": None, **raw.get("env", {})}
    if env["PYTHON_GIL"] is not None and not parse(python).free_threaded:
        raise _wrong(
            raw, 'sets PYTHON_GIL for a standard build, which may die of it: write on = "free-threaded"'
        )
    gil = "off" if parse(python).free_threaded and env["PYTHON_GIL"] != "1" else "on"
    return Lane(raw["name"], gil, tuple(raw.get("arguments", ())), env, raw.get("switch-interval"))


def _wrong(raw: dict[str, Any], what: str) -> InputError:
    return keys.wrong(f"The lane {raw['name']} {what}")
