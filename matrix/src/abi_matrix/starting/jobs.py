"""The jobs that GitHub runs, from the table: which session on which machine, and which wheels where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from abi_matrix.interpreters.names import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from abi_matrix.config.table import Row, Table

TESTED_ON = ("ubuntu-latest", "ubuntu-24.04-arm", "macos-15", "windows-latest")
"""GitHub's machines for tests: a session tagged ``check`` runs only on the first."""

BUILT_ON = (
    "ubuntu-latest",
    "ubuntu-24.04-arm",
    "macos-15",
    "macos-15-intel",
    "windows-latest",
    "windows-11-arm",
)
"""Those that build wheels, each for its own architecture."""

CIBUILDWHEEL, OLDER = "4.3.3", "3.4.1"
"""The current one, and the last that knows free-threaded builds before 3.14 (pypa/cibuildwheel#2684)."""
_KINDS = {"cp": ("cp", ""), "pp": ("pp", "pypy"), "graalpy": ("gp", "graalpy")}
"""How cibuildwheel names implementations, and the group in which each must be enabled."""


def sessions(table: Table) -> list[dict[str, Any]]:
    """Return the table's test sessions as `nox --list --json` does."""
    return [{"session": f"test-{python}", "tags": ["test"]} for python in table.interpreters]


def tests(listed: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """Return a job for each session and machine; ``listed`` has names and tags as nox's JSON list."""
    return [
        {"session": session["session"], "runner": runner}
        for session in listed
        for runner in TESTED_ON
        if "test" in session["tags"] or ("check" in session["tags"] and runner == TESTED_ON[0])
    ]


def wheels(table: Table) -> list[dict[str, str]]:
    """Return the jobs in which cibuildwheel builds the table's wheels, with what its environment needs.

    Rows that need other variables, or another cibuildwheel, are built in jobs of their own.
    """
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for row in table.rows:
        identifier, version, enable = cibuildwheel(row)
        env = "\n".join(f"{name}={value}" for name, value in row.env.items())
        groups.setdefault((version, enable, env, " ".join(row.env)), []).append(identifier)
    return [
        {
            "name": f"{runner}-{number}", "runner": runner, "cibuildwheel": version, "enable": enable,
            "build": " ".join(identifiers), "env": env, "env-names": env_names,
        }
        for runner in BUILT_ON
        for number, ((version, enable, env, env_names), identifiers) in enumerate(groups.items(), 1)
    ]  # fmt: skip


def cibuildwheel(row: Row) -> tuple[str, str, str]:
    """Return cibuildwheel's selector for the interpreter that builds a row, its version, and what to enable.

    Only that one is selected. With others as well cibuildwheel would test an abi3 wheel on them, but on 3.15
    that may be another file than installers take, and of abi3t it knows nothing (`AlreadyBuiltWheelError`).
    """
    one = parse(row.built_with)
    prefix, enable = _KINDS[one.kind]
    selector = "{}{}{}{}{}-*".format(prefix, *one.version, "t" * one.free_threaded, "_*" * (prefix == "gp"))
    if one.free_threaded and one.version < (3, 14):
        return selector, OLDER, "cpython-freethreading"
    return selector, CIBUILDWHEEL, enable
