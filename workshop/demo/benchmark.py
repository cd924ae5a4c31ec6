"""The extension's functions against the same in plain C, on several interpreters: ``nox -s bench``."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import commands
from abi_matrix.config.table import Row
from abi_matrix.interpreters.names import parse
from abi_matrix.provisioning import interpreters
from workshop import arguments, extension, tables
from workshop.repository import ROOT, pyproject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import nox

    from abi_matrix.config.table import Table

FOLDER = ROOT / "bench"
TARGETS = {
    "release(0)": 1.35,
    "hold(0)": 1.35,
    "convert, 1,000 ints": 1.25,
    "convert, 1,000,000 ints": 1.15,
}
"""How many times as long as plain C a call may take, by the label that bench/measure.py gives it."""
HEADINGS = ("interpreter", "call", "C, ns", "wheel / C", "at most", "own ABI / C", "stable C / C")
"""Of the table, as docs/benchmarks.md has it."""
_PROCESSES = 5  # where a process has its code and data in memory changes a ratio by some hundredths
_ROUNDS = 100  # a process


@dataclass(frozen=True)
class Ratio:
    """How many times as long one function takes as another, in the rounds of all processes."""

    median: float
    low: float
    """A tenth of the rounds had less."""
    high: float
    """A tenth of the rounds had more."""

    @classmethod
    def of(cls, taken: Sequence[float], base: Sequence[float]) -> Ratio:
        """Compare two functions, round by round: what slows a round down slows both."""
        ratios = [one / other for one, other in zip(taken, base, strict=True)]
        tenths = statistics.quantiles(ratios, n=10, method="inclusive")
        return cls(statistics.median(ratios), tenths[0], tenths[-1])

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def run(session: nox.Session, table: Table) -> None:
    """Measure the interpreters named after ``--``, or the table's choice, and print one table."""
    rows = []
    for python in (
        arguments.interpreters(session.posargs, table) or pyproject()["tool"]["gil-workshop"]["bench"]
    ):
        executable = interpreters.executable(python, table)
        folder = Path(session.create_tmp()) / python
        shutil.rmtree(folder, ignore_errors=True)
        files = provide(python, executable, folder, table)
        session.log(f"{python}: {_PROCESSES} processes with {', '.join(files)}")
        rows += summary(python, [measured(executable, files, _ROUNDS) for _ in range(_PROCESSES)])
    tables.show(HEADINGS, rows, right="C, ns")


def provide(python: str, executable: str, folder: Path, table: Table) -> dict[str, Path]:
    """Build all that is compared on ``python``, and return the extension modules by what they are.

    ``gil`` is the wheel's, ``c`` plain C for this one interpreter. Where the wheel has the stable ABI,
    ``own`` is the wheel's source, and ``c_stable`` the same C, each for the other ABI.
    """
    row = table.row_for(python)
    macro = stable_abi(row)
    wheel = extension.build(row)
    compiled = compile_c(executable, macro, folder)
    files = {"gil": unpack(wheel, "_gil", folder / "gil")}
    if macro:
        own = build_own(own_row(python), folder)
        files["own"] = unpack(own, "_gil", folder / "own")
        files["c_stable"] = unpack(compiled, "plain_c_stable", folder / "c")
    return {**files, "c": unpack(compiled, "plain_c", folder / "c")}


def stable_abi(wheel: Row) -> str | None:
    """Return the macro by which C asks for the stable ABI of ``wheel``, or None if it has another."""
    python, _, abi = wheel.tag.partition("-")
    macro = {"abi3": "Py_LIMITED_API", "abi3.abi3t": "Py_TARGET_ABI3T"}.get(abi)
    return macro and f"{macro}=0x03{int(python.removeprefix('cp3')):02x}0000"


def own_row(python: str) -> Row:
    """Return a row for the ABI that only ``python`` has."""
    one = parse(python)
    return Row(f"{one.tag}-{one.abi}", python, (python,))


def build_own(row: Row, folder: Path) -> Path:
    """Build the extension for the ABI of ``row``, into ``folder``, and return the file."""
    # Any features named here replace those of pyproject.toml, which ask for the stable ABI. This one is
    # PyO3's default anyway.
    extension.run_maturin(extension.environment(row), row, folder, "--features=pyo3/macros")
    [built] = folder.glob(f"gil_demo-*-{row.tag}-*.whl")
    return built


def compile_c(executable: str, macro: str | None, folder: Path) -> Path:
    """Compile bench/plain_c with the system's compiler, and return the wheel that setuptools makes of it."""
    source = folder / "plain_c"  # a copy: setuptools leaves its own files beside the source
    shutil.copytree(FOLDER / "plain_c", source)
    commands.succeed(
        *(find_uv_bin(), "build", "--quiet", "--wheel", f"--python={executable}", f"--out-dir={folder}"),
        source, env={**os.environ, "GIL_STABLE_ABI": macro or ""},
    )  # fmt: skip
    [built] = folder.glob("gil_plain_c-*.whl")
    return built


def unpack(wheel: Path, module: str, folder: Path) -> Path:
    """Unpack ``wheel``, and return its extension module of this name."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    [file] = [*folder.rglob(f"{module}.*.so"), *folder.rglob(f"{module}.*pyd")]
    return file


def measured(executable: str, files: Mapping[str, Path], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Run bench/measure.py once; return the seconds of each round by call and by what was called."""
    named = (f"{name}={file}" for name, file in files.items())
    printed = commands.succeed(executable, "-I", FOLDER / "measure.py", str(rounds), *named)
    found: dict[str, dict[str, list[float]]] = json.loads(printed)
    return found


def summary(python: str, runs: Sequence[Mapping[str, Mapping[str, Sequence[float]]]]) -> list[list[str]]:
    """Return the rows of one interpreter, a call each, of what ``measured`` returned."""
    rows = []
    for label in runs[0]:
        taken = {name: [s for run in runs for s in run[label][name]] for name in runs[0][label]}
        ratios = {name: Ratio.of(seconds, taken["c"]) for name, seconds in taken.items()}
        target = TARGETS[label]
        verdict = "" if ratios["gil"].median <= target else " missed"
        beside = [str(ratios.get(name, "same ABI")) for name in ("own", "c_stable")]
        c = f"{statistics.median(taken['c']) * 1e9:,.0f}"
        rows.append([python, label, c, str(ratios["gil"]), f"{target:.2f}{verdict}", *beside])
    return rows
