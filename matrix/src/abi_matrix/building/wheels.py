"""Building the wheels of the table, each with its own interpreter, and finding the built files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.tags import platform_tags
from packaging.utils import parse_wheel_filename
from uv import find_uv_bin

from abi_matrix.base import commands
from abi_matrix.base.errors import NO_RUST, InputError, UserError
from abi_matrix.base.progress import say
from abi_matrix.building.targets import target_folder
from abi_matrix.config import metadata, rows
from abi_matrix.config.metadata import manifests
from abi_matrix.interpreters import names
from abi_matrix.wheels.choice import choose
from abi_matrix.wheels.files import is_tagged
from abi_matrix.wheels.folder import collect

if TYPE_CHECKING:
    from abi_matrix.config.table import Row, Table
    from abi_matrix.provisioning.environments import Environment

# What a backend wants in its environment beside `requires`, asked in that environment.
_REQUIRES = """\
import importlib, json, os, sys
system = json.loads(sys.argv[1])
sys.path[:0] = [os.path.abspath(path) for path in system.get("backend-path", [])]
module, _, attributes = system["build-backend"].partition(":")
backend = importlib.import_module(module)
for name in filter(None, attributes.split(".")):
    backend = getattr(backend, name)
asked = getattr(backend, "get_requires_for_build_wheel", lambda: [])
print(json.dumps(asked()))
"""
_SUFFIXES = (".so", ".pyd", ".dylib")


def build(row: Row, table: Table, environment: Environment) -> Path:
    """Build the wheel of ``row`` in ``environment``, which has its interpreter; return the file in dist/.

    The project's build backend does it, without isolation: in an environment of another name each time, cargo
    would compile PyO3 each time. Raises UserError if that fails, or gives another wheel than the row's.
    """
    refuse_strays(table.root)
    dist = table.root / "dist"
    dist.mkdir(exist_ok=True)
    prepare(table, environment)
    rust = any(manifests(table.root))
    if rust:
        require_rust()
    with tempfile.TemporaryDirectory(dir=dist) as out, contextlib.ExitStack() as stack:
        variables: dict[str, str | None] = {**table.build.env, **row.env}
        if rust:
            variables["CARGO_TARGET_DIR"] = str(stack.enter_context(target_folder(table.root, row.tag)))
        status, crates = follow_cargo(
            *(find_uv_bin(), "build", "--wheel", "--no-build-isolation"),
            *(f"--python={environment.python}", f"--out-dir={out}", table.root),
            env=environment.variables(variables), stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if status:
            raise UserError(f"Building {table.root.name} failed; the messages are above.")
        [built] = Path(out).glob("*.whl")
        if not is_tagged(built.name, row.tag):
            raise UserError(
                f"Building with {row.built_with} gave {built.name}, but the table's row is {row.tag}."
            )
        _age(built, table.root)
        final = built.replace(dist / built.name)
        for old in of_row(table, row):
            if old != final:  # never is there none, for whoever tests meanwhile
                old.unlink()
    say(f"{final.name}: {f'{crates} crates compiled, ' * rust}{final.stat().st_size} bytes")
    return final


def require_rust() -> None:
    """Raise InputError where there is no Rust."""
    if shutil.which("cargo") is None:
        raise InputError(
            NO_RUST, "Rust's cargo is not on PATH: install Rust from https://rustup.rs and run again."
        )


def prepare(table: Table, environment: Environment) -> None:
    """Install what building needs: the groups of the table, else what ``[build-system]`` asks for."""
    if table.build.groups:
        environment.sync(*table.build.groups)
        return
    system = rows.read(table.root / "pyproject.toml").get("build-system", {})
    environment.add(*system.get("requires", ["setuptools"]))
    system.setdefault("build-backend", "setuptools.build_meta:__legacy__")
    answer = commands.succeed(
        environment.python, "-c", _REQUIRES, json.dumps(system), cwd=table.root, env=environment.variables(),
        or_say=f"The build backend {system['build-backend']} does not answer: {{why}}.",
    )  # fmt: skip
    environment.add(*json.loads(answer.splitlines()[-1]))


def follow_cargo(*command: str | Path, **options: Any) -> tuple[int, int]:  # noqa: ANN401 - of subprocess.Popen
    """Run a command and show what it prints; return its status, and how many crates cargo compiled in it."""
    crates = 0

    def show(line: str) -> None:
        nonlocal crates
        crates += line.lstrip().startswith("Compiling ")
        say(line)

    return commands.follow(show, *command, **options), crates


def built(table: Table, row: Row) -> Path:
    """Return the file of ``row`` in dist/; raises UserError if it was not built."""
    for file in of_row(table, row):
        return file
    raise UserError(f"There is no {row.tag} wheel in dist: run `nox -s {row.session}`.")


def taken(folder: Path, python: str) -> Path:
    """Return the wheel in ``folder``, or below it, that installers take for ``python`` on this machine.

    Raises UserError if they take none.
    """
    files = collect(sorted(folder.rglob("*.whl")))
    wheel = choose(files, names.parse(python), [*platform_tags()]).wheel
    if wheel is None:
        raise UserError(
            f"In {folder} there is no wheel for {python} on this machine: build one, or name its folder."
        )
    return wheel.path


def of_row(table: Table, row: Row) -> list[Path]:
    """Return the files of this project in dist/ that have the row's tag."""
    project = metadata.read(table.root).name
    found = sorted((table.root / "dist").glob("*.whl"), key=os.path.getmtime, reverse=True)
    return [
        file
        for file in found
        if is_tagged(file.name, row.tag) and parse_wheel_filename(file.name)[0] == project
    ]


def refuse_strays(root: Path) -> None:
    """Raise UserError if a compiled extension lies among the sources, and so would get into every wheel.

    It may be of another ABI: 3.13t and 3.14t list ``.abi3.so`` among their suffixes but have another object
    layout, so they would import such a file and die.
    """
    folders = ("src", "python", metadata.read(root).name.replace("-", "_"))
    files = (
        file for folder in folders for suffix in _SUFFIXES for file in (root / folder).rglob(f"*{suffix}")
    )
    if strays := [file.relative_to(root).as_posix() for file in files]:
        raise UserError(
            "Compiled extensions lie among the sources, and so would get into every wheel; remove them"
            f" (`rm {' '.join(strays)}`) and run again: sessions install wheels, never `maturin develop`."
        )


def _age(wheel: Path, root: Path) -> None:
    """Make a wheel as old as the project's pyproject.toml.

    A build script that does not say which files it reads is run again, and its crate compiled again, when any
    file of the project is newer than its last run; without git, those in dist/ are the project's as well.
    """
    time = (root / "pyproject.toml").stat().st_mtime_ns
    os.utime(wheel, ns=(time, time))
