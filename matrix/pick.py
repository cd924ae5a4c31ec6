"""Which file of a wheelhouse each interpreter gets, by the word of pip and of uv, and whether it is sound."""

from __future__ import annotations

import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from matrix import grid, installers, processes
from matrix.errors import UserError
from matrix.lanes import lanes
from matrix.progress import say
from matrix.table import ROOT
from matrix.wheelhouse import PROJECT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

    from matrix.table import Table

_NOTHING = "nothing that fits"


@dataclass(frozen=True)
class Choice:
    """What one interpreter gets, as file names."""

    python: str
    table: str
    pip: str
    uv: str

    @property
    def faults(self) -> list[str]:
        """A line for each installer that does otherwise than the table says."""
        return [
            f"{self.python}: {installer} takes {taken}, the table says {self.table}"
            for installer, taken in (("pip", self.pip), ("uv", self.uv))
            if taken != self.table
        ]


def require(folder: Path, wanted: Mapping[str, Path], executables: Mapping[str, str], tools: Path) -> None:
    """Print what each interpreter gets from all the wheels in ``folder``, which is what is ``wanted``.

    ``executables`` are the interpreters' paths by name, ``tools`` the folder of an environment with
    pip. Raises UserError if pip or uv takes another file.
    """
    choices = [
        Choice(
            python,
            file.name,
            by_pip(folder, executables[python], tools) or _NOTHING,
            by_uv(folder, executables[python]) or _NOTHING,
        )
        for python, file in wanted.items()
    ]
    rows = [[row.python, row.pip, row.uv, "as the table says" * (not row.faults)] for row in choices]
    grid.show("The file that each interpreter gets", ["interpreter", "pip", "uv", ""], rows)
    if faults := [line for choice in choices for line in choice.faults]:
        raise UserError(
            "Installers do otherwise than the table in pyproject.toml says; mend its `serves`, or the wheels'"
            " tags:\n" + "\n".join(faults)
        )


def by_pip(folder: Path, executable: str, tools: Path) -> str | None:
    """Return the name of the file that pip takes for this interpreter, or None."""
    result = installers.run(
        tools / "python", "-m", "pip", f"--python={executable}", "--isolated", "install", "--quiet",
        "--dry-run", "--ignore-installed", "--report=-", "--no-deps", "--no-index",
        f"--find-links={folder}", f"--only-binary={PROJECT}", PROJECT,
    )  # fmt: skip
    if result.returncode == 0:
        (chosen,) = json.loads(result.stdout)["install"]
        return Path(unquote(urlsplit(chosen["download_info"]["url"]).path)).name
    if "No matching distribution found" in result.stderr:
        return None
    raise UserError(f"pip failed for {executable}: {processes.last_line(result)}")


def by_uv(folder: Path, executable: str) -> str | None:
    """Return the name of the file that uv takes for this interpreter, or None.

    uv does not say it in a form made for programs, so it is what it has installed.
    """
    with tempfile.TemporaryDirectory() as target:
        result = installers.uv(
            "pip", "install", "--quiet", f"--python={executable}", f"--target={target}", "--no-deps",
            "--no-index", f"--find-links={folder}", f"--only-binary={PROJECT}", PROJECT,
        )  # fmt: skip
        if result.returncode == 0:
            return next(
                file.name for file in sorted(folder.glob("*.whl")) if is_installed(file, Path(target))
            )
    if "No solution found" in result.stderr:
        return None
    raise UserError(f"uv failed for {executable}: {processes.last_line(result)}")


def prove(wanted: Mapping[str, Path], executables: Mapping[str, str], table: Table) -> None:
    """Install each interpreter's file into a fresh environment and import it there.

    Raises UserError with a line for each that is not what it should be: whose extension is not the
    one for its tag, or turns the GIL back on.
    """
    lines = []
    for python, file in wanted.items():
        result = _import(file, table.wheel_for(python).tag, python, executables[python])
        if result.returncode:
            lines.append(f"{file.name} on {python}: {processes.last_line(result)}")
        else:
            say(f"{file.name}: {result.stdout.strip()}")
    if lines:
        raise UserError("These wheels are not sound; build them again:\n" + "\n".join(lines))


def is_installed(wheel: Path, target: Path) -> bool:
    """Whether everything in ``wheel`` lies in the folder ``target``, byte for byte."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(("/", ".dist-info/RECORD"))]
        return all(
            (target / name).is_file() and (target / name).read_bytes() == archive.read(name) for name in names
        )


def _import(file: Path, tag: str, python: str, executable: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        interpreter = installers.fresh(executable, Path(folder, "venv"))
        installed = installers.uv(
            "pip", "install", "--quiet", f"--python={interpreter}", "--no-index", "--no-deps", file
        )
        if installed.returncode:
            return installed
        identity = ROOT / "matrix" / "identity.py"
        return installers.try_out(interpreter, "-P", identity, python, tag, lanes(python)[0].gil, cwd=folder)
