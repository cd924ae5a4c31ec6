"""Virtual environments of sessions: made with an interpreter of the table, filled by uv."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import commands, venvs
from abi_matrix.base.errors import UserError
from abi_matrix.config import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

_STAMP = "interpreter.txt"


@dataclass(frozen=True)
class Environment:
    """One virtual environment of the project in the folder ``root``."""

    folder: Path
    root: Path

    @property
    def scripts(self) -> Path:
        """The folder of its commands."""
        return venvs.scripts(self.folder)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.scripts / "python"

    @property
    def compiled(self) -> Path:
        """The folder of the compiled files of its modules."""
        return self.folder / "pycache"

    def variables(self, more: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """Return what its processes must see, whatever the caller's environment says; None takes one away.

        Without PYTHONDONTWRITEBYTECODE, which some set for good: every process would compile all that
        it imports, half of the time of a run. The compiled files stay out of the sources' folders. Without
        RUST_BACKTRACE, as the symbols of a panic's stack take a tenth of a second to find.
        """
        changes = {
            "PATH": os.pathsep.join([str(self.scripts), os.environ.get("PATH", "")]),
            "VIRTUAL_ENV": str(self.folder),
            "PYTHONPATH": None,
            "PYTHONDONTWRITEBYTECODE": None,
            "PYTHONPYCACHEPREFIX": str(self.compiled),
            "RUST_BACKTRACE": None,
            **(more or {}),
        }
        return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}

    def sync(self, *groups: str) -> None:
        """Install these dependency groups; with uv.lock its versions, and what the project depends on."""
        known = rows.read(self.root / "pyproject.toml").get("dependency-groups", {})
        if missing := [group for group in groups if group not in known]:
            raise UserError(
                f"There is no dependency group {missing[0]} in pyproject.toml: add it, or name others in"
                f" [tool.{rows.SECTION}]."
            )
        named = [f"--group={group}" for group in groups]
        if (self.root / "uv.lock").exists():
            options = ("--locked", "--inexact", "--no-install-project", "--no-default-groups")
            self._uv("sync", *options, f"--python={self.folder}", *named)
        elif groups:
            self._uv("pip", "install", f"--python={self.python}", *named)

    def install(self, *wheels: Path) -> None:
        """Put these very files into it, whatever is there; without uv.lock what they depend on as well."""
        alone = ("--no-index", "--no-deps") if (self.root / "uv.lock").exists() else ()
        anew = [f"--reinstall-package={wheel.name.partition('-')[0]}" for wheel in wheels]
        self._uv("pip", "install", f"--python={self.python}", *alone, *anew, *wheels)

    def add(self, *requirements: str) -> None:
        """Install requirements into it, if they are not there already."""
        if requirements:
            self._uv("pip", "install", f"--python={self.python}", *requirements)

    def _uv(self, *arguments: str | Path) -> None:
        commands.succeed(
            find_uv_bin(), *arguments, "--quiet", cwd=self.root,
            env=self.variables({"UV_PROJECT_ENVIRONMENT": str(self.folder)}),
            or_say=f"`uv {' '.join(map(str, arguments[:2]))}` failed in {self.folder}: {{words}}",
        )  # fmt: skip


def environment(root: Path, name: str, executable: str) -> Environment:
    """Return the environment of the session ``name`` with this base interpreter, made if there is none.

    One of another interpreter is made anew. Raises UserError if uv cannot make it.
    """
    made = Environment(root / ".nox" / name, root)
    stamp = made.folder / _STAMP
    status = Path(executable).stat()
    wanted = f"{executable} {status.st_size} {status.st_mtime_ns}"
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and made.python.exists()):
        shutil.rmtree(made.folder, ignore_errors=True)
        venvs.create(made.folder, executable)
        stamp.write_text(wanted, encoding="utf-8")
    return made
