"""Building the table's wheels with maturin, and finding the built files."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from build_backend import gil_reproducible
from matrix import processes
from matrix.errors import UserError
from matrix.progress import say
from matrix.table import ROOT, minor, pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matrix.table import Wheel

DIST = ROOT / "dist"
_PACKAGE = ROOT / "src" / "gil"


def build(wheel: Wheel, python: str, maturin: str) -> Path:
    """Build ``wheel`` with the interpreter at the path ``python``, and return the file in dist/.

    Each ABI has its own cargo target folder, so switching between them recompiles nothing.
    ``python`` must be a base interpreter: a virtual environment's path in PYO3_PYTHON would
    recompile PyO3 whenever that environment changes (PyO3#6113). Says how many crates it compiled.
    Raises UserError if Rust is missing, the tree holds a stray extension, or the build fails.
    """
    refuse_strays(_PACKAGE)
    DIST.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DIST) as out:
        sbom = Path(out) / "gil.cyclonedx.json"
        with _cargo_that_works():
            gil_reproducible.write_sbom(ROOT, sbom)
        crates = run_maturin(maturin, wheel, python, out, f"--sbom-include={sbom}")
        (built,) = Path(out).glob("*.whl")
        if not built.name.startswith(f"gil_demo-{version()}-{wheel.tag}-"):
            raise UserError(f"Building with {python} gave {built.name}, but the table's row is {wheel.tag}.")
        for old in DIST.glob(f"gil_demo-*-{wheel.tag}-*.whl"):
            old.unlink()
        final = built.replace(DIST / built.name)
    say(f"{final.name}: {crates} crates compiled, {final.stat().st_size} bytes")
    return final


def built(wheel: Wheel) -> Path:
    """Return the file of ``wheel`` in dist/; raises UserError if it was not built."""
    for file in DIST.glob(f"gil_demo-{version()}-{wheel.tag}-*.whl"):
        return file
    raise UserError(f"There is no {wheel.tag} wheel in dist: run `nox -s {wheel.session}`.")


def version() -> str:
    """Return the project's version, which Cargo.toml holds."""
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    found: str = manifest["workspace"]["package"]["version"]
    return found


def features(python: str) -> list[str]:
    """Return the cargo features that maturin selects for the interpreter named ``python``."""
    version = "{}.{}".format(*minor(python))
    return [
        str(row["feature"])
        for row in pyproject()["tool"]["maturin"]["features"]
        if version in SpecifierSet(row["python-version"])
    ]


def refuse_strays(package: Path) -> None:
    """Raise UserError if a compiled extension lies among the sources.

    3.13t and 3.14t list ``.abi3.so`` among their suffixes but have another object layout: they
    would import such a file from the tree and die.
    """
    strays = [path for suffix in ("so", "pyd", "dylib") for path in package.rglob(f"*.{suffix}")]
    if strays:
        names = " ".join(str(path.relative_to(package.parent.parent)) for path in strays)
        raise UserError(
            f"Compiled extensions lie in the source tree, where other interpreters would import them;"
            f" remove them (`rm {names}`) and run again: sessions install wheels, never `maturin develop`."
        )


def run_maturin(maturin: str, wheel: Wheel, python: str, out: str, *options: str) -> int:
    """Build into the folder ``out``, in the cargo target folder of ``wheel``; return the crates compiled."""
    environment = {
        **os.environ,
        **wheel.env,
        "CARGO_TARGET_DIR": str(ROOT / "target" / wheel.tag),
    }
    with _cargo_that_works():
        environment["CARGO_ENCODED_RUSTFLAGS"] = gil_reproducible.rustflags(ROOT, environment)
    crates = 0

    def show(line: str) -> None:
        nonlocal crates
        crates += line.lstrip().startswith("Compiling ")
        say(line)

    options = (gil_reproducible.COMPRESSION, *options)
    command = (maturin, "build", "--release", "--interpreter", python, "--out", out, *options)
    if processes.follow(show, *command, cwd=ROOT, env=environment):
        raise UserError(f"`{maturin} build` failed; the compiler's messages are above.")
    return crates


@contextmanager
def _cargo_that_works() -> Iterator[None]:
    if shutil.which("cargo") is None:
        raise UserError("Rust's cargo is not on PATH: install Rust from https://rustup.rs and run again.")
    try:
        yield
    except subprocess.CalledProcessError as error:
        raise UserError(f"`{' '.join(error.cmd[:2])}` failed; its messages are above.") from None
