"""The trial of each project: with abi-matrix and the usual way, cold and warm, in turns."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from nox.project import dependency_groups

from abi_matrix.base import cache
from abi_matrix.base.progress import say
from abi_matrix.building import wheels
from abi_matrix.config import rows
from abi_matrix.provisioning import interpreters
from workshop.projects import measuring, newcomer, sdists, show, usual
from workshop.projects.outcomes import Trial, Way
from workshop.repository import pyproject

if TYPE_CHECKING:
    import nox

    from abi_matrix.config.table import Table
    from workshop.projects.sdists import Sdist

_MEBIBYTES = 3000  # the sources, target folders and environments of both ways for one project


def run(session: nox.Session, table: Table) -> None:
    """Try the projects named after ``--``, or all, print the tables and write results.json beside them."""
    chosen = sdists.pinned(session.posargs)
    measuring.require_processor_time()
    wheels.require_rust()
    files = [sdists.fetched(sdist) for sdist in chosen]
    pythons = pyproject()["tool"]["gil-workshop"]["projects"]
    executables = {python: interpreters.executable(python, table) for python in pythons}
    results = Path(session.create_tmp()) / "results.json"
    load, trials = os.getloadavg(), []
    with (
        cache.lock("projects"),
        cache.working_folder("projects", _MEBIBYTES, "Trying other projects") as work,
    ):
        results.unlink(missing_ok=True)
        tools = newcomer.install(work)
        for sdist, file in zip(chosen, files, strict=True):
            trials.append(tried(sdist, file, executables, tools, work / sdist.project))
            show.write(results, trials, load)
            shutil.rmtree(work / sdist.project)
    show.tables(trials)
    say(f"\nAll of it is in {results}.")


def tried(sdist: Sdist, file: Path, executables: dict[str, str], tools: Path, work: Path) -> Trial:
    """Return what came of one project."""
    project = sdists.unpacked(file, work / "abi-matrix")
    beside = sdists.unpacked(file, work / "usual")
    started = newcomer.init(project, tools, sdist.tests_need)
    said = rows.read(project / "pyproject.toml")
    needs = dependency_groups(said, *started.table.tests.groups)
    usual.fetch(executables, [*said["build-system"]["requires"], *needs], work / "fetched")
    mine = {python: executables[python] for python in executables if python in started.table.interpreters}
    folders = started.table.tests.folders
    ours, theirs = {}, {}
    for state in ("cold", "warm"):
        what = f"{sdist.project}, {state}"
        ours[state] = newcomer.test(f"{what}, abi-matrix", started, list(mine), tools)
        theirs[state] = usual.test(f"{what}, the usual way", beside, mine, needs, folders)
    # Is it right that there is no row for these?
    others = {python: executable for python, executable in executables.items() if python not in mine}
    failed = usual.test(f"{sdist.project}, the usual way", beside, others, needs, folders).failed
    return Trial(
        sdist.project,
        sdist.version,
        started.lines,
        sdist.tests_need,
        started.unknown,
        tuple(sorted(wheel.name for wheel in (project / "dist").glob("*.whl"))),
        newcomer.outcomes(started, executables, ours["warm"].failed),
        Way(**ours),
        Way(**theirs),
        {python: failed.get(python, "") for python in others},
    )
