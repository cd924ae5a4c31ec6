"""Runs of the tests that are not of one interpreter: Cargo's, the workshop's and those of builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.testing import results
from workshop.repository import IMPORTS, ROOT, TOOL
from workshop.testing import completeness

if TYPE_CHECKING:
    import nox

    from abi_matrix.provisioning.environments import Environment

_CRATES = ("gil-sampler", "gil-timeline", "gil-refused")


def rust(session: nox.Session) -> None:
    """Test what of the Rust knows no Python, and what the compiler must refuse."""
    left = results.fresh(ROOT, "rust")
    packages = (f"--package={crate}" for crate in _CRATES)
    output = session.run("cargo", "test", "--locked", *packages, external=True, silent=True)
    session.log(f"cargo test: {results.of_cargo(str(output))}")
    (left / "cargo.txt").write_text(str(output), encoding="utf-8")
    completeness.verify("rust")


def tool(session: nox.Session, environment: Environment) -> None:
    """Test abi-matrix, which knows nothing of this project, with its own settings."""
    left = results.fresh(ROOT, session.name)
    environment.sync("build", "test", "workshop")  # maturin, for what `maturin new` makes
    env = environment.variables({"PYTHONPATH": TOOL})
    session.run("pytest", f"--junit-xml={left / session.name}.xml", *session.posargs, "matrix/tests", env=env)


def ours(session: nox.Session, environment: Environment, folder: str, *groups: str) -> None:
    """Test what is below tests/``folder`` in this folder, with these dependency groups beside the usual."""
    left = results.fresh(ROOT, session.name)
    environment.sync("test", "workshop", *groups)
    env = environment.variables({"PYTHONPATH": IMPORTS})
    files = (f"--junit-xml={left / session.name}.xml", f"--collected={left / session.name}.collected")
    session.run("pytest", *files, *session.posargs, f"tests/{folder}", env=env)
    if not session.posargs:
        completeness.verify(session.name)
