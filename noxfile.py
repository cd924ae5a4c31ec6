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
"""Every command that a person runs. What deserves a test is in matrix/."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from matrix import (
    build_check, check, cibuildwheel, compare, engine, hazards, image, index, interpreters, linters,
    mutants, report, reproducible, sdist, suite, table, wheels,
)  # fmt: skip
from matrix.lanes import lanes
from matrix.sessions import build, documented, environment, install, sync, told

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"  # the provision sessions do it, with a way out where uv cannot
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"
nox.options.parallel = 4 * (os.cpu_count() or 1)  # the tests mostly sleep

TABLE = table.load()
os.environ["PATH"] = interpreters.search_path()


def add_provision(name: str, *pythons: str) -> None:
    """Add a session that provides interpreters."""

    @nox.session(name=name, venv_backend="none", default=False, allow_parallel=True)
    @told
    @documented(f"Find, download or build {', '.join(pythons)}.")
    def provision(session: nox.Session) -> None:
        for python in pythons:
            session.log(f"{python} is {interpreters.provide(python, TABLE).system_executable}")


def add_wheel(wheel: table.Wheel) -> None:
    """Add the session that builds one wheel."""

    @nox.session(
        name=wheel.session, requires=[f"provision-{wheel.built_with}"],
        default=False, allow_parallel=True, tags=["wheel"],
    )  # fmt: skip
    @told
    @documented(f"Build {wheel.tag} with {wheel.built_with}, for {', '.join(wheel.serves)}.")
    def build_wheel(session: nox.Session) -> None:
        build(session, wheel, TABLE, wheels.build, hazards.build)


def add_test(python: str) -> None:
    """Add the session that tests one interpreter."""
    wheel = TABLE.wheel_for(python)

    @nox.session(
        name=f"test-{python}", python=python, requires=[f"provision-{python}", wheel.session],
        allow_parallel=True, tags=["test"],
    )  # fmt: skip
    @told
    @documented(f"Test {python} with {wheel.tag} installed, in {len(lanes(python))} lanes.")
    def test(session: nox.Session) -> None:
        suite.run(session, python, wheel, wheels.built(wheel), session.posargs)


def add_picked(python: str) -> None:
    """Add the session that tests one interpreter as users have it."""
    wheel = TABLE.wheel_for(python)

    @nox.session(
        name=f"picked-{python}", python=python, requires=[f"provision-{python}", wheel.session, "gate"],
        default=False, allow_parallel=True,
    )  # fmt: skip
    @told
    @documented(f"Test {python} with the file of the wheelhouse that pip takes there.")
    def picked(session: nox.Session) -> None:
        file = check.file_for(python, check.parse(session.posargs), TABLE)
        suite.run(session, python, wheel, file)


add_provision("provision", *TABLE.interpreters)
for _wheel in TABLE.wheels:
    add_wheel(_wheel)
for _python in TABLE.interpreters:
    add_provision(f"provision-{_python}", _python)
    add_test(_python)
    add_picked(_python)


@nox.session(venv_backend="none", allow_parallel=True, tags=["test"])
def rust(session: nox.Session) -> None:
    """Test the timeline core, which knows no Python, and what the compiler refuses."""
    suite.run_rust(session)


@nox.session(allow_parallel=True, tags=["test"])
def workshop(session: nox.Session) -> None:
    """Test matrix/, and that everything derived from the table agrees with it."""
    results = report.fresh("workshop")
    sync(session, "test", "index", "workflows", "workshop")
    env = {**environment(session), "PYTHONPATH": str(ROOT)}
    session.run("pytest", f"--junit-xml={results}/workshop.xml", "tests/matrix", env=env)


@nox.session(
    name="build-limits", allow_parallel=True, tags=["check"],
    requires=[f"provision-{python}" for python in TABLE.interpreters]
    + [wheel.session for wheel in TABLE.wheels if "abi3" in wheel.tag],
)  # fmt: skip
@told
def build_limits(session: nox.Session) -> None:
    """Let cargo and installers show which PyO3, and which stable ABI, each interpreter takes."""
    results = report.fresh(session.name)
    sync(session, "test", "build", "build-limits", "workshop")
    env = {**environment(session), "PYTHONPATH": str(ROOT)}
    session.run("pytest", f"--junit-xml={results}/build-limits.xml", *session.posargs, "tests/build", env=env)


@nox.session(name="build-check", venv_backend="none", default=False)
@told
def build_check_(session: nox.Session) -> None:
    """Say what can be built on the table's interpreters, or all about one: `-- --python 3.14t`."""
    build_check.main(session.posargs)


@nox.session(name="mutants", default=False, tags=["check"])
@told
def mutants_(session: nox.Session) -> None:
    """Break the code, one promise at a time, and see a named test fail of it (`-- WORD` chooses)."""
    sync(session, "build")
    yard = mutants.Yard(Path(session.create_tmp()), TABLE, f"{session.bin}/maturin")
    mutants.show(mutants.prove(yard, mutants.chosen(session.posargs)))


@nox.session(
    name="report", venv_backend="none",
    requires=["rust", *report.SUITES, *(f"test-{python}" for python in TABLE.interpreters)],
)  # fmt: skip
@told
def report_(session: nox.Session) -> None:  # noqa: ARG001 - nox passes it
    """Print what was tested: interpreter, identity, wheel, tests passed."""
    report.show(TABLE)


@nox.session(default=False)
@told
def demo(session: nox.Session) -> None:
    """Show the two-thread demo on a standard and two free-threaded interpreters (or those named)."""
    compare.run(session, TABLE)


@nox.session(
    python=TABLE.wheels[0].built_with, requires=[TABLE.wheels[0].session], default=False, tags=["check"]
)  # fmt: skip
@told
def lint(session: nox.Session) -> None:
    """Check style, types, stubs and lints of both languages and of the workflows."""
    sync(session, "lint")
    install(session, wheels.built(TABLE.wheels[0]))
    linters.python(session)
    linters.rust(session)
    linters.workflows(session)


@nox.session(name="image", venv_backend="none", default=False)
@told
def image_(session: nox.Session) -> None:
    """Build the image that `wheels` falls back on where the official ones cannot be pulled."""
    session.log(f"The rehearsal image is {image.provide(engine.find(), TABLE)}.")


@nox.session(name="wheels", venv_backend="none", default=False)
@told
def wheels_(session: nox.Session) -> None:
    """Build and test the wheels with cibuildwheel in containers: -- [official|rehearsal]."""
    cibuildwheel.build(session.posargs, TABLE)


@nox.session(default=False)
@told
def gate(session: nox.Session) -> None:
    """Check that a wheelhouse is complete, its files sound, and each the one that its users get."""
    sync(session, "audit")
    check.check(check.parse(session.posargs), TABLE, Path(session.bin))


@nox.session(
    name="check-wheels", venv_backend="none", default=False,
    requires=[f"picked-{python}" for python in TABLE.interpreters],
)  # fmt: skip
def check_wheels(session: nox.Session) -> None:
    """Check a wheelhouse and test each interpreter with its file: -- [FOLDER] [--platform NAME|all]."""
    session.log(f"The wheels are sound on all {len(TABLE.interpreters)} interpreters.")


@nox.session(name="reproducible", default=False, requires=[wheel.session for wheel in TABLE.wheels])
@told
def reproducible_(session: nox.Session) -> None:
    """Check the sdist, and that every wheel is the same from the tree, from it and anywhere."""
    sync(session, "build")
    reproducible.check(TABLE, Path(session.bin), Path(session.create_tmp()))


@nox.session(name="publish-rehearsal", default=False)
@told
def publish_rehearsal(session: nox.Session) -> None:
    """Publish a wheelhouse to an index on this machine, and install and run it from there."""
    sync(session, "build", "index")
    tools, request = Path(session.bin), check.parse(session.posargs)
    files = [*request.folder.glob("*.whl"), sdist.make(tools, Path(session.create_tmp()))]
    index.rehearse(files, TABLE, wheels.version(), check.executables(TABLE), tools)


if __name__ == "__main__":
    nox.main()
