"""The extension of this repository, and its other crates, built for an ABI of the table."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from abi_matrix.base import commands
from abi_matrix.base.errors import UserError
from abi_matrix.building import wheels
from abi_matrix.interpreters.names import parse
from abi_matrix.provisioning import environments, interpreters
from build_backend import gil_reproducible
from workshop.repository import ROOT, pyproject, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from abi_matrix.config.table import Row
    from abi_matrix.provisioning.environments import Environment

# The interpreter as maturin's backend names it (`use-base-python`): else PyO3 would be compiled again.
_BASE = "import os, sys; print(os.path.realpath(sys._base_executable))"


def environment(row: Row) -> Environment:
    """Return the environment in which the wheel of ``row`` is built, which has maturin."""
    executable = interpreters.executable(row.built_with, table())
    made = environments.environment(ROOT, row.session, executable)
    wheels.prepare(table(), made)
    return made


def build(row: Row) -> Path:
    """Build the wheel of ``row`` as its session does, and return the file; raises UserError if that fails."""
    return wheels.build(row, table(), environment(row))


def built(row: Row) -> Path:
    """Return the file of ``row`` in dist/; raises UserError if it was not built."""
    return wheels.built(table(), row)


def features(python: str) -> list[str]:
    """Return the cargo features that maturin selects for the interpreter named ``python``."""
    version = "{}.{}".format(*parse(python).version)
    return [
        str(row["feature"])
        for row in pyproject()["tool"]["maturin"]["features"]
        if version in SpecifierSet(row["python-version"])
    ]


def run_maturin(built_in: Environment, row: Row, out: Path, *options: str) -> int:
    """Build into ``out``, in the cargo target folder of ``row``; return how many crates that compiled.

    With the flags of the build backend, so that what that has compiled there is not compiled again.
    Raises UserError if it fails.
    """
    environment = built_in.variables({**row.env, "CARGO_TARGET_DIR": str(ROOT / "target" / row.tag)})
    with _cargo_that_works():
        environment["CARGO_ENCODED_RUSTFLAGS"] = gil_reproducible.rustflags(ROOT, environment)
    base = commands.succeed(built_in.python, "-c", _BASE).strip()
    status, crates = wheels.follow_cargo(
        *(built_in.scripts / "maturin", "build", "--release", f"--interpreter={base}", f"--out={out}"),
        *options, cwd=ROOT, env=environment,
    )  # fmt: skip
    if status:
        raise UserError("`maturin build` failed; the compiler's messages are above.")
    return crates


@contextmanager
def _cargo_that_works() -> Iterator[None]:
    wheels.require_rust()
    try:
        yield
    except subprocess.CalledProcessError as error:
        raise UserError(f"`{' '.join(error.cmd[:2])}` failed; its messages are above.") from None
