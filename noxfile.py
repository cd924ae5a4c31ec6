#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "nox[uv]>=2026.10.20",
#     "filelock>=3.20",
#     "packaging>=26",
#     "platformdirs>=4.5",
#     "python-discovery>=1.9",
#     "rich>=13",
# ]
# ///
"""Every command that a person runs. What deserves a test is in matrix/ and workshop/."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
from matrix import table
from matrix.lanes import SUITES, lanes
from matrix.progress import escape_what_cannot_be_printed
from matrix.search_path import search_path
from matrix.sessions import build, command, install, sync

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"  # the provision sessions do it, with a way out where uv cannot
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"
# The tests mostly sleep; but the more there are at once, the more a free-threaded build spins where it waits.
nox.options.parallel = 2 * (os.cpu_count() or 1)

TABLE = table.load()
BARE: dict[str, Any] = {"venv_backend": "none"}
os.environ["PATH"] = search_path()
# nox starts a process a session. Where the environment forbids compiled files, each would compile nox anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / ".nox" / "pycache")
escape_what_cannot_be_printed()


def add_provision(name: str, *pythons: str) -> None:
    """Add a session that provides interpreters."""

    @command(
        says=f"Find, download or build {', '.join(pythons)}.",
        name=name, **BARE, allow_parallel=len(pythons) == 1,
    )  # fmt: skip
    def provision(session: nox.Session) -> None:
        from matrix import interpreters

        for python in pythons:
            session.log(f"{python} is {interpreters.executable(python, TABLE)}")


def add_wheel(wheel: table.Wheel) -> None:
    """Add the session that builds one wheel."""

    @command(
        says=f"Build {wheel.tag} with {wheel.built_with}, for {', '.join(wheel.serves)}.",
        name=wheel.session, requires=[f"provision-{wheel.built_with}"], allow_parallel=True, tags=["wheel"],
    )  # fmt: skip
    def build_wheel(session: nox.Session) -> None:
        from matrix import wheels
        from workshop.testing import hazards

        build(session, wheel, TABLE, wheels.build, hazards.build)


def add_tests(python: str) -> None:
    """Add the sessions that test one interpreter, with its wheel from dist/ and from a wheelhouse."""
    wheel = TABLE.wheel_for(python)
    needs = [f"provision-{python}", wheel.session]

    @command(
        says=f"Test {python} with {wheel.tag} installed, in {len(lanes(python))} lanes.", default=True,
        name=f"test-{python}", python=python, requires=needs, allow_parallel=True, tags=["test"],
    )  # fmt: skip
    def test(session: nox.Session) -> None:
        from matrix import wheels
        from workshop.testing import runs

        runs.run(session, python, wheel, wheels.built(wheel), session.posargs)

    @command(
        says=f"Test {python} with the file of the wheelhouse that pip takes there.",
        name=f"picked-{python}", python=python, requires=[*needs, "gate"], allow_parallel=True,
    )  # fmt: skip
    def picked(session: nox.Session) -> None:
        from workshop.release import acceptance
        from workshop.testing import runs

        request = acceptance.parse(session.posargs)
        if (file := acceptance.file_for(python, request, TABLE)) is None:
            session.skip(request.elsewhere)
        runs.run(session, python, wheel, file)


add_provision("provision", *TABLE.interpreters)
for _wheel in TABLE.wheels:
    add_wheel(_wheel)
for _python in reversed(TABLE.interpreters):  # the free-threaded ones first: they take longest
    add_provision(f"provision-{_python}", _python)
    add_tests(_python)


@command(**BARE, allow_parallel=True, tags=["test"], default=True)
def rust(session: nox.Session) -> None:
    """Test the timeline core, which knows no Python, and what the compiler refuses."""
    from workshop.testing import runs

    runs.run_rust(session)


@command(allow_parallel=True, tags=["check"], default=True)
def workshop(session: nox.Session) -> None:
    """Test matrix/ and workshop/, and that everything derived from the table agrees with it."""
    from workshop.testing import runs

    runs.run_workshop(session, "workshop", "build-limits", "index", "workflows")
    if not session.posargs:
        runs.run_abi_matrix(session)


@command(
    name="build-limits", allow_parallel=True, tags=["check"], default=True,
    requires=[
        *(f"provision-{python}" for python in TABLE.interpreters),
        *(wheel.session for wheel in TABLE.wheels if "abi3" in wheel.tag),
    ],
)  # fmt: skip
def build_limits(session: nox.Session) -> None:
    """Let cargo and installers show which PyO3, and which stable ABI, each interpreter takes."""
    from workshop.testing import runs

    runs.run_workshop(session, "build", "build", "build-limits")


@command(name="build-check", **BARE)
def build_check_(session: nox.Session) -> None:
    """Say what can be built on the table's interpreters, or all about one: `-- --python 3.14t`."""
    from workshop.pyo3 import capabilities

    capabilities.main(session.posargs)


@command(name="mutants", tags=["check"])
def mutants_(session: nox.Session) -> None:
    """Break the code, one promise at a time, and see a named test fail of it (`-- WORD` chooses)."""
    from workshop.mutation import mutants, workspace

    sync(session, "build")
    places = (Path(session.create_tmp(), number) for number in "12")
    trees = [workspace.MutatedTree(place, TABLE, f"{session.bin}/maturin") for place in places]
    mutants.show(mutants.prove(trees, mutants.chosen(session.posargs)))


@command(
    name="report", **BARE, default=True,
    requires=["rust", *SUITES, *(f"test-{python}" for python in TABLE.interpreters)],
)  # fmt: skip
def report_(session: nox.Session) -> None:  # noqa: ARG001 - nox passes it
    """Print what was tested: interpreter, identity, wheel, tests passed."""
    from workshop.testing import summary

    summary.show(TABLE)


@command(**BARE)
def failures(session: nox.Session) -> None:  # noqa: ARG001 - nox passes it
    """Print once more what failed, of all sessions: between theirs it is hard to find."""
    from workshop.testing import summary

    print(summary.failures())


@command()
def demo(session: nox.Session) -> None:
    """Show the two-thread demo on a standard and two free-threaded interpreters (or those named)."""
    from workshop.demo import side_by_side

    side_by_side.run(session, TABLE)


@command(name="bench")
def bench_(session: nox.Session) -> None:
    """Compare calls of the extension with plain C on five interpreters, or those named after `--`."""
    from workshop.demo import benchmark

    benchmark.run(session, TABLE)


@command(python=TABLE.wheels[0].built_with, requires=[TABLE.wheels[0].session], tags=["check"])
def lint(session: nox.Session) -> None:
    """Check style, types, stubs and lints of both languages and of the workflows."""
    from matrix import wheels
    from workshop import linters

    sync(session, "lint")
    install(session, wheels.built(TABLE.wheels[0]))
    linters.python(session)
    linters.rust(session)
    linters.workflows(session)


@command(name="image", **BARE)
def image_(session: nox.Session) -> None:
    """Build the image that `wheels` falls back on where the official ones cannot be pulled."""
    from workshop.containers import debian_image, engine

    session.log(f"The rehearsal image is {debian_image.provide(engine.find(), TABLE)}.")


@command(name="wheels", **BARE)
def wheels_(session: nox.Session) -> None:
    """Build and test the wheels with cibuildwheel in containers: -- [official|rehearsal]."""
    from workshop.containers import cibuildwheel

    cibuildwheel.build(session.posargs, TABLE)


@command()
def gate(session: nox.Session) -> None:
    """Check that a wheelhouse is complete, its files sound, and each the one that its users get."""
    from workshop.release import acceptance

    sync(session, "audit")
    acceptance.check(acceptance.parse(session.posargs), TABLE, Path(session.bin))


@command(name="check-wheels", **BARE, requires=[f"picked-{python}" for python in TABLE.interpreters])
def check_wheels(session: nox.Session) -> None:
    """Check a wheelhouse and test each interpreter with its file: -- [FOLDER] [--platform NAME|all]."""
    from workshop.release import acceptance
    from workshop.testing import summary

    request = acceptance.parse(session.posargs)
    if request.here is None:
        session.skip(request.elsewhere)
    session.log(f"With the wheelhouse: {summary.show_interpreters(TABLE, 'picked')}")


@command(name="reproducible", tags=["check"], requires=[wheel.session for wheel in TABLE.wheels])
def reproducible_(session: nox.Session) -> None:
    """Check the sdist, and that every wheel is the same from the tree, from it and anywhere."""
    from workshop.release import reproducibility

    sync(session, "build")
    reproducibility.check(TABLE, Path(session.bin), Path(session.create_tmp()))


@command(name="publish-rehearsal")
def publish_rehearsal(session: nox.Session) -> None:
    """Publish a wheelhouse to an index on this machine, and install and run it from there."""
    from workshop.release import publication

    sync(session, "build", "index")
    publication.run(session.posargs, TABLE, Path(session.bin))


if __name__ == "__main__":
    nox.main()
