"""The test suite on one interpreter, with one wheel installed, in every lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matrix.lanes import lanes
from matrix.sessions import environment, install, sync
from matrix.table import ROOT
from workshop.testing import completeness, hazards, summary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import nox

    from matrix.table import Wheel

_FOLDERS = ("claims", "gil", "gil_state", "hazards", "threading")


def run(session: nox.Session, python: str, row: Wheel, wheel: Path, arguments: Sequence[str] = ()) -> None:
    """Test ``wheel``, a file of this ``row`` of the table, on the session's interpreter.

    ``arguments`` go to pytest as they are. What `report` reads is left in a folder of the session's name.
    """
    results = summary.fresh(session.name)
    sync(session, "test")
    install(session, wheel)
    install(session, hazards.built(row))
    (results / "wheel.txt").write_text(wheel.name, encoding="utf-8")
    session.chdir(session.create_tmp())  # never the tree: what is tested is the installed wheel
    for lane in lanes(python):
        session.log(f"{python}, {lane.name}")
        env = {**environment(session), **lane.env}
        identity = (f"{ROOT}/matrix/identity.py", python, row.tag, lane.gil, f"{results}/{lane.name}.json")
        session.run("python", *identity, env=env)
        session.run(
            "pytest", f"--config-file={ROOT}/pyproject.toml", f"--rootdir={ROOT}", "--quiet",
            f"--expect-gil={lane.gil}", f"--junit-xml={results}/{lane.name}.xml",
            f"--collected={results}/{lane.name}.collected", *lane.arguments, *arguments,
            *(f"{ROOT}/tests/{folder}" for folder in _FOLDERS), env=env,
        )  # fmt: skip
    if not arguments:
        completeness.require_none(summary.gaps_of_interpreter(python, session.name))


def run_rust(session: nox.Session) -> None:
    """Test what of the Rust knows no Python, and what the compiler must refuse."""
    results = summary.fresh("rust")
    packages = ("--package=gil-timeline", "--package=gil-refused")
    output = session.run("cargo", "test", "--locked", *packages, external=True, silent=True)
    session.log(f"cargo test: {summary.of_cargo(str(output))}")
    (results / "cargo.txt").write_text(str(output), encoding="utf-8")


def run_workshop(session: nox.Session, folder: str, *groups: str) -> None:
    """Test what is below tests/``folder`` in the tree, with these dependency groups beside the usual."""
    results = summary.fresh(session.name)
    sync(session, "test", "workshop", *groups)
    env = {**environment(session), "PYTHONPATH": str(ROOT)}
    files = (f"--junit-xml={results}/{session.name}.xml", f"--collected={results}/{session.name}.collected")
    session.run("pytest", *files, *session.posargs, f"tests/{folder}", env=env)
    if not session.posargs:
        completeness.require_none(summary.gaps_of_suite(session.name))


def run_abi_matrix(session: nox.Session) -> None:
    """Test abi-matrix, a distribution with settings of its own, in the environment of the workshop."""
    results = f"--junit-xml={summary.FOLDER}/{session.name}/abi-matrix.xml"
    env = {**environment(session), "PYTHONPATH": f"{ROOT}/matrix/src"}
    session.run("pytest", results, "matrix/tests", env=env)
