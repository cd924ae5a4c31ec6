"""What the sessions of noxfile.py do that are this repository's own.

nox starts a process a session: each imports what it alone needs, and `nox --list` nothing of it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.nox import environment
from workshop.repository import ROOT, table

if TYPE_CHECKING:
    import nox

    from abi_matrix.config.table import Row
    from abi_matrix.provisioning.environments import Environment

COUNTED = ("rust", "abi-matrix", "workshop", "build-limits")
"""The sessions whose tests `report` counts, beside those of the interpreters."""


class Hazards:
    """The second wheel, which the tests need beside the extension's."""

    def build(self, row: Row, environment: Environment) -> Path:
        """Build it for the ABI of ``row``."""
        from workshop.testing import hazards

        return hazards.build(row, environment)

    def built(self, row: Row) -> Path:
        """Return the built file."""
        from workshop.testing import hazards

        return hazards.built(row)


def verify(session: str, python: str | None = None) -> None:
    """Raise UserError if a session did not prove what it should."""
    from workshop.testing import completeness

    completeness.verify(session, python)


def rust(session: nox.Session) -> None:
    """Test the timeline core, which knows no Python, and what the compiler refuses."""
    from workshop.testing import runs

    runs.rust(session)


def abi_matrix(session: nox.Session) -> None:
    """Test matrix/, which knows nothing of this project."""
    from workshop.testing import runs

    runs.tool(session, environment(session, table()))


def workshop(session: nox.Session) -> None:
    """Test workshop/, and that everything derived from the table agrees with it."""
    from workshop.testing import runs

    runs.ours(session, environment(session, table()), "workshop", "build-limits", "index", "workflows")


def build_limits(session: nox.Session) -> None:
    """Let cargo and installers show what each interpreter takes, or say it: -- pyo3 [--python NAME]."""
    if session.posargs[:1] == ["pyo3"]:
        from workshop.pyo3 import capabilities

        capabilities.main(session.posargs[1:])
        return
    from workshop.testing import runs

    runs.ours(session, environment(session, table()), "build", "build", "build-limits")


def mutants(session: nox.Session) -> None:
    """Break the code, one promise at a time, and see a named test fail of it (`-- WORD` chooses)."""
    from workshop.mutation import catalogue, mutants, workspace

    environment(session, table()).sync("build")
    places = (Path(session.create_tmp(), number) for number in "12")
    spaces = [workspace.Workspace(place, table(), f"{session.bin}/maturin") for place in places]
    mutants.show(mutants.prove(spaces, catalogue.chosen(session.posargs)))


def demo(session: nox.Session) -> None:
    """Show the two-thread demo on a standard and two free-threaded interpreters (or those named)."""
    from workshop.demo import side_by_side

    side_by_side.run(session, table())


def bench(session: nox.Session) -> None:
    """Compare calls of the extension with plain C on five interpreters, or those named after `--`."""
    from workshop.demo import benchmark

    benchmark.run(session, table())


def bench_instruments(session: nox.Session) -> None:
    """Compare what gil.Sampler and its peers see of calls with what these know themselves."""
    from workshop.testing import instruments

    instruments.run(session, table())


def projects(session: nox.Session) -> None:
    """Try abi-matrix on five other projects, beside `pip install .` and pytest: -- [PROJECT]..."""
    from workshop.projects import trial

    trial.run(session, table())


def lint(session: nox.Session) -> None:
    """Check style, types, imports, stubs and lints of both languages and of the workflows."""
    from abi_matrix.building import wheels
    from workshop import linters

    made = environment(session, table())
    made.sync("lint")
    made.install(wheels.built(table(), table().rows[0]))
    linters.python(session)
    linters.rust(session)
    linters.workflows(session)
    linters.proposed(session)


def wheels(session: nox.Session) -> None:
    """Build and test the wheels with cibuildwheel in containers: -- [official|local]."""
    from workshop.containers import cibuildwheel

    cibuildwheel.build(session.posargs, table())


def check_wheels(session: nox.Session) -> None:
    """Check a wheelhouse and test each interpreter with its file: -- [FOLDER] [--platform NAME|all]."""
    from workshop.release import acceptance

    made = environment(session, table())
    made.sync("audit")
    os.environ["PATH"] = made.variables()["PATH"]  # the auditing tools are found there
    request = acceptance.parse(session.posargs)
    acceptance.check(request, table())
    if request.here is None:
        session.skip(request.elsewhere)
    # A nox of its own runs them side by side; on CI one at a time, else one that hangs would show nothing.
    one_by_one = ["--parallel=1"] if os.environ.get("CI") else []
    session.run(
        sys.executable, "-m", "nox", "--script-mode=none", "--no-dependencies", *one_by_one,
        f"--noxfile={ROOT / 'noxfile.py'}", "--sessions",
        *(f"test-{python}" for python in table().interpreters),
        "--", "--wheelhouse", str(request.folder), external=True,
    )  # fmt: skip
    from abi_matrix.testing import report

    session.log(f"With the wheelhouse: {report.show_interpreters(table(), 'wheelhouse')}")


def reproducible(session: nox.Session) -> None:
    """Check the sdist, and that every wheel is the same from the clone, from it and anywhere."""
    from workshop.release import reproducibility

    environment(session, table()).sync("build")
    reproducibility.check(table(), Path(session.bin), Path(session.create_tmp()))


def windows(session: nox.Session) -> None:
    """Rehearse Windows: build the wheel for it, and test that under Wine on its CPython 3.11 to 3.14."""
    from workshop.windows import session as ours

    ours.run(environment(session, table()), session.posargs)


def publish_local(session: nox.Session) -> None:
    """Publish a wheelhouse to an index on this machine, and install and run it from there."""
    from workshop.release import publication

    environment(session, table()).sync("build", "index")
    publication.run(session.posargs, table(), Path(session.bin))
