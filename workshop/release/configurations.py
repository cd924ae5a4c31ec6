"""What cibuildwheel's two configurations must contain, by the table: facts and drift.

A check gets what was read from a file and returns the edits that are missing, each naming its file.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from abi_matrix.interpreters.names import parse
from abi_matrix.starting import jobs
from abi_matrix.testing.lanes import lanes
from workshop.repository import table

if TYPE_CHECKING:
    from abi_matrix.config.table import Row, Table

FILES = {"cibuildwheel": "pyproject.toml", "cibuildwheel-3": "cibuildwheel-3.toml"}
"""Dependency groups with a version of cibuildwheel each, and the file that configures it."""

# Whichever Python it is makes no difference, but without a name uv takes no free-threaded one before 3.14.
_EXPORT = "uv export --quiet --locked --python=python"
LOCKED: dict[str, object] = {
    "build-frontend": {
        "name": "uv",
        "args": ["--require-hashes", "--build-constraint=build-constraints.txt"],
    },
    "before-build": f"{_EXPORT} --only-group=build --output-file=build-constraints.txt",
    "before-test": (
        f"{_EXPORT} --group=test --output-file=test-requirements.txt"
        " && uv pip install --quiet --require-hashes --requirement=test-requirements.txt"
    ),
}
"""cibuildwheel's options with which nothing builds or tests the wheels but what uv.lock has, by its hash."""

UNLOCKED = ("audit-requires", "test-extras", "test-groups", "test-requires")
"""Those with which cibuildwheel would install the newest of something, beside wheels that it can change."""


def group_of(wheel: Row) -> str:
    """Return the dependency group of the cibuildwheel that builds ``wheel``."""
    return "cibuildwheel-3" if jobs.cibuildwheel(wheel)[1] == jobs.OLDER else "cibuildwheel"


def identifiers(wheel: Row) -> dict[str, str]:
    """Return cibuildwheel's names, less the platform, for the interpreters it uses for ``wheel``.

    An abi3 wheel is built with the oldest of them and tested on all. abi3t is not known to
    cibuildwheel: it would build the same file with each interpreter, and stop at the second.
    """
    pythons = wheel.serves if wheel.tag.endswith("-abi3") else (wheel.built_with,)
    return {python: parse(python).abi for python in pythons}


def cibuildwheel_edits(group: str, config: dict[str, Any], table: Table) -> list[str]:
    """Return the edits that make one configuration build the wheels of its group, and test them.

    ``config`` is the table [tool.cibuildwheel] of the group's file.
    """
    file = FILES[group]
    rows = [wheel for wheel in table.rows if group_of(wheel) == group]
    build = [f"{identifier}-*" for wheel in rows for identifier in identifiers(wheel).values()]
    edits = []
    if config["build"] != build:
        edits.append(f"in {file} write `build = {json.dumps(build)}`")
    for wheel in rows:
        for python, identifier in identifiers(wheel).items():
            command = pytest_command(python)
            if _option(config, "test-command", identifier) != command:
                edits.append(f'in {file} let {identifier}-* have `test-command = "{command}"`')
    return edits


def locked_edits(group: str, config: dict[str, Any]) -> list[str]:
    """Return the edits that keep everything out of one configuration's builds that is not in uv.lock.

    ``config`` is as above. Rust, which ``before-all`` installs, stands there with its version.
    """
    file = FILES[group]
    # The older cibuildwheel has no audits; in the newer one they are on unless there is no command.
    wanted = LOCKED if group == "cibuildwheel-3" else {**LOCKED, "audit-command": ""}
    edits = [
        f"in {file} write `{option} = {json.dumps(value)}`"
        for option, value in wanted.items()
        if config.get(option) != value
    ]
    overrides = config.get("overrides", [])
    edits += [
        f"in {file} remove `{option}`"
        for option in UNLOCKED
        if any(option in options for options in (config, *overrides))
    ]
    edits += [
        f"in {file} remove `{option}` from the override {override['select']}"
        for override in overrides
        for option in wanted
        if option in override
    ]
    return edits


def pytest_command(python: str) -> str:
    """Return how cibuildwheel runs the tests on ``python``: the session's first lane, with workers.

    Its interpreters wait for each other, those of the sessions do not.
    """
    gil = lanes(python, table())[0].gil
    return f"pytest --quiet --expect-gil={gil} --gil-guard --numprocesses=2 tests/gil tests/threading"


def _option(config: dict[str, Any], option: str, identifier: str) -> object:
    value = config.get(option)
    for override in config.get("overrides", []):
        if option in override and fnmatchcase(f"{identifier}-", override["select"]):
            value = override[option]
    return value
