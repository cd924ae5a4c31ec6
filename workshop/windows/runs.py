"""The Python tests on CPython for Windows under Wine: an environment a version, all versions at once."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say, step
from abi_matrix.interpreters import probe
from abi_matrix.testing import identity, results
from abi_matrix.testing.lanes import lanes
from abi_matrix.testing.runs import command_of
from abi_matrix.wheels.files import read_wheel
from abi_matrix.wheels.modules import importable
from workshop.repository import ROOT, narrowed, table
from workshop.windows.chroot import PROJECT
from workshop.windows.kept import kept
from workshop.windows.prefix import WINE, prefix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abi_matrix.config.table import Table
    from workshop.windows.chroot import Chroot

KIND = "windows"
"""What the names of the sessions begin with that leave results."""
_DRIVE = "Z:"  # where Wine shows the chroot
_MEBIBYTES = 1000
_SITE = Path("Lib", "site-packages")


@dataclass(frozen=True)
class Installed:
    """A CPython for Windows with the wheels in it, and the chroot whose Wine runs it."""

    python: str
    folder: Path
    chroot: Chroot

    @property
    def work(self) -> Path:
        """The folder that it runs in: never the project's, as the installed wheel is what is tested."""
        return self.folder / "tmp"

    def empty_work(self) -> None:
        """Make the folder that it runs in, without what an earlier run has left there."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()

    def command(self, *arguments: str, env: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Return the command line that runs this Python."""
        program = there(str(self.folder / "python.exe"))
        variables = {**WINE, "PYTHONPYCACHEPREFIX": there(str(self.folder / "pycache")), **(env or {})}
        return self.chroot.command("wine", program, *arguments, env=variables, cwd=_inside(self.work))


@dataclass(frozen=True)
class Suite:
    """A run of pytest under Wine."""

    name: str
    command: tuple[str, ...]

    @property
    def log(self) -> Path:
        """What pytest prints."""
        return cache.folder("logs") / f"windows-pytest-{self.name}.log"

    def run(self) -> int:
        """Run it, and return its status."""
        return commands.logged(self.log, *self.command)


def only_here(pythons: Sequence[str]) -> Table:
    """Return the table as far as it is about these standard builds, with the first of the lanes."""
    whole = table()
    return replace(narrowed(whole, pythons), lanes=whole.lanes[:1])


def session(name: str) -> str:
    """Return what the folder of a run's results is called: ``windows-3.14``."""
    return f"{KIND}-{name}"


def install(
    chroot: Chroot, python: str, cpython: Path, wheels: Sequence[Path], groups: Sequence[str] = ("test",)
) -> Installed:
    """Return an environment of this Python with these dependency groups, and with these very wheels."""
    requirements = commands.succeed(
        find_uv_bin(), "export", "--locked", "--quiet", "--no-default-groups", "--no-emit-project",
        "--no-header", "--no-annotate", *(f"--group={group}" for group in groups), cwd=ROOT,
        or_say=f"uv could not tell what Windows' {python} needs for its tests: {{words}}",
    )  # fmt: skip
    name = "-".join([python, *groups])

    def make(folder: Path) -> None:
        shutil.copytree(cpython, folder, dirs_exist_ok=True)
        file = folder / "requirements.txt"
        file.write_text(requirements, encoding="utf-8")
        _uv(python, folder, "--require-hashes", f"--requirement={file}")

    with step(f"environment {name}"):
        made_from = (cpython.name, requirements)
        folder = kept(ROOT / ".nox" / "windows-python", name, made_from, _MEBIBYTES, make)
        if wheels:
            _uv(python, folder, "--no-index", "--no-deps", "--reinstall", *map(str, wheels))
    mounted = {**chroot.mounted, str(prefix(chroot, name)): "/prefix"}
    installed = Installed(python, folder, replace(chroot, mounted=mounted))
    installed.empty_work()
    return installed


def _uv(python: str, folder: Path, *arguments: str) -> None:
    commands.succeed(
        find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--python-platform=x86_64-pc-windows-msvc",
        f"--python-version={python}", "--only-binary=:all:", "--link-mode=copy",
        f"--target={folder / _SITE}", *arguments, cwd=ROOT,
        or_say=f"uv could not install for Windows' {python}: {{words}}",
    )  # fmt: skip


def suite(installed: Installed, wheel: Path, selected: Table, arguments: Sequence[str]) -> Suite:
    """Return the tests of the extension on one Python, which has proved to be what it is called.

    What `report` reads they leave in the results of ``windows-...``. Raises UserError if the Python is
    another, or does not import the wheel.
    """
    say(f"{installed.python}: {_identified(installed, wheel, selected)}")
    (lane,) = lanes(installed.python, selected)
    left = results.folder(ROOT) / session(installed.python)
    words = (there(word) for word in command_of(selected, installed.python, lane, left, arguments))
    return Suite(installed.python, installed.command("-m", *words))


def run(suites: Sequence[Suite]) -> None:
    """Run all at the same time, as tests mostly wait; raises UserError if one fails."""
    names = ", ".join(suite.name for suite in suites)
    with step(f"pytest under Wine: {names}"), ThreadPoolExecutor(len(suites)) as pool:
        failed = [suite for suite, status in zip(suites, pool.map(Suite.run, suites), strict=True) if status]
    for suite in failed:
        say(suite.log.read_text(encoding="utf-8", errors="replace"))
    if failed:
        names = ", ".join(suite.name for suite in failed)
        raise UserError(f"pytest failed on Windows' Python ({names}); its output is above.")


def _identified(installed: Installed, wheel: Path, selected: Table) -> str:
    """Prove that it is the Python of its name and imports the wheel; keep the facts, and return a line."""
    left = results.fresh(ROOT, session(installed.python))
    (left / "wheel.txt").write_text(wheel.name, encoding="utf-8")
    (lane,) = lanes(installed.python, selected)
    answer = left / "probe"
    modules = importable(read_wheel(wheel))
    asked = (there(probe.__file__), there(str(answer)), *(module.name for module in modules))
    result = commands.run(*installed.command(*asked), deadline=600)
    text = answer.read_text(encoding="utf-8") if answer.exists() else ""
    answer.unlink(missing_ok=True)
    if result.returncode or not text:
        raise UserError(f"Windows' {installed.python} does not run under Wine: {commands.last_line(result)}.")
    facts, *imports = map(json.loads, text.splitlines())
    for line, module in zip(imports, modules, strict=True):
        line["file"] = here(line.get("file") or "")
        line["of_the_wheel"] = module.has(Path(line["file"]).name)
    if sentence := identity.broken_promise(facts, imports, installed.python, lane.gil, installed.folder):
        raise UserError(
            f"This session promises Windows' {installed.python} with {wheel.name}, but {sentence}."
        )
    files = ", ".join(Path(line["file"]).name for line in imports)
    said = f"CPython {facts['version']} for Windows, under Wine, GIL {lane.gil}, {files}"
    (left / f"{lane.name}.json").write_text(
        json.dumps({**facts, "imports": imports, "line": said}), encoding="utf-8"
    )
    return said


def _inside(path: Path) -> str:
    return f"{PROJECT}/{path.relative_to(ROOT)}"


def there(word: str) -> str:
    """Return a word of a command with this repository's folder as a program under Wine has to call it."""
    return word.replace(str(ROOT), f"{_DRIVE}{PROJECT}")


def here(path: str) -> str:
    """Return a path of a program under Wine as it is called here."""
    return path.replace("\\", "/").replace(f"{_DRIVE}{PROJECT}", str(ROOT))
