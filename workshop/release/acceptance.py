"""All that is checked of a wheelhouse, in one go: `nox -s gate`."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matrix import arguments, interpreters, pick, wheelhouse, wheels
from matrix.progress import say
from matrix.table import ROOT
from matrix.wheelhouse import PLATFORMS
from workshop.release import audit, sdist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matrix.table import Table

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
            f"Wheels for {', '.join(self.platforms)} cannot be installed on this machine: which file an"
            " interpreter gets, and whether that works, is not checked"
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


def check(request: Request, table: Table, tools: Path) -> None:
    """Check that a wheelhouse is complete, each file fit to be published, and the right one taken.

    What needs an interpreter is done for this machine's platform; says so if that is not asked for.
    ``tools`` is the folder of an environment with the group ``audit``. Raises UserError at the first of
    these that is not so.
    """
    version = wheels.version()
    contents = wheelhouse.require(request.folder, table, version, request.platforms, sdist=request.sdist)
    if contents.sdist:
        sdist.require(contents.sdist, version)
    audit.audit(contents.wheels.values(), table, tools)
    if request.here is None:
        say(f"{request.elsewhere}.")
        return
    wanted = contents.serving(table, request.here)
    pythons = executables(table)
    with tempfile.TemporaryDirectory() as folder:
        for file in contents.wheels.values():  # which may lie in a folder an artifact
            shutil.copy2(file, folder)
        pick.require(Path(folder), wanted, pythons, tools)
    pick.prove(wanted, pythons, table)


def executables(table: Table) -> dict[str, str]:
    """Return the path of every interpreter of the table, by name; those that are missing are provided."""
    return {python: interpreters.executable(python, table) for python in table.interpreters}


def file_for(python: str, request: Request, table: Table) -> Path | None:
    """Return the file that ``python`` gets from a wheelhouse, None if that is for other machines.

    Raises UserError if the wheelhouse is not complete.
    """
    version = wheels.version()
    contents = wheelhouse.require(request.folder, table, version, request.platforms, sdist=request.sdist)
    return contents.serving(table, request.here)[python] if request.here else None
