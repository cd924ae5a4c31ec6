"""All that is checked of a wheelhouse before its tests are run, in one go: `nox -s check-wheels`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from abi_matrix.checking import run, show
from abi_matrix.checking.completeness import Demand
from abi_matrix.provisioning import interpreters
from workshop import arguments
from workshop.release import audit, sdist, wheelhouse
from workshop.release.wheelhouse import PLATFORMS
from workshop.repository import ROOT, version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi_matrix.config.table import Table

_ALL = "all"
_USAGE = "say `nox -s check-wheels -- [FOLDER] [--platform NAME|all]`."


@dataclass(frozen=True)
class Request:
    """What the command line asks for: ``[FOLDER] [--platform NAME|all]``."""

    folder: Path
    platforms: tuple[str, ...]
    sdist: bool
    """A release, which is for all platforms, has one."""

    @property
    def here(self) -> str | None:
        """The platform among them whose wheels this machine can run, if there is one."""
        return next(filter(wheelhouse.runs_here, self.platforms), None)

    @property
    def elsewhere(self) -> str:
        """What to say where there is none."""
        return (
            f"Wheels for {', '.join(self.platforms)} cannot be installed on this machine: what its installers"
            " take, and whether that works, is not checked"
        )


def parse(words: Sequence[str]) -> Request:
    """Read what stands after ``--``; raises UserError if that is not understood."""
    parser = arguments.parser()
    parser.add_argument("folder", nargs="?", type=Path, default=wheelhouse.FOLDER)
    parser.add_argument("--platform", choices=[*PLATFORMS, _ALL])
    options = arguments.read(parser, words, _USAGE)
    release = options.platform == _ALL
    platforms = PLATFORMS if release else (options.platform or wheelhouse.here(),)
    return Request(ROOT / options.folder, platforms, release)


def check(request: Request, table: Table) -> None:
    """Check that a wheelhouse is complete, each file fit to be published, and the right one taken.

    What this machine can run is installed and imported as well; says so where there is nothing of that.
    The auditing tools must be on PATH. Raises UserError at the first of these that is not so.
    """
    files = wheelhouse.require(request.folder, table, request.platforms, sdist=request.sdist).files
    for source in files.sdists:
        sdist.require(source.path, version())
    audit.audit([wheel.path for wheel in files.wheels], table)
    if request.here:
        executables(table)  # provided, so that they are found
    demand = Demand(table, request.platforms, request.sdist)
    paths = [file.path for file in files.all]
    found, report = run.check(paths, table.interpreters, demand, prove=request.here is not None, audit=True)
    show.as_text(found, report)
    if report.findings:
        raise UserError("These wheels are not fit to be published:\n" + "\n".join(map(str, report.findings)))
    if request.here is None:
        say(f"{request.elsewhere}.")


def executables(table: Table) -> dict[str, str]:
    """Return the path of every interpreter of the table, by name; those that are missing are provided."""
    return {python: interpreters.executable(python, table) for python in table.interpreters}
