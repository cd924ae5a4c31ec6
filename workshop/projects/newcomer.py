"""abi-matrix in a project that has never heard of it, as somebody who has just installed it uses it."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import commands, venvs
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step
from abi_matrix.config.table import load
from abi_matrix.testing import results
from abi_matrix.testing.lanes import lanes
from workshop.projects import measuring
from workshop.projects.measuring import Cost
from workshop.projects.outcomes import Outcome, Run
from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from abi_matrix.config.table import Table

_UNKNOWN = "What the files do not say:"
_BLOCK = re.compile(r"(?m)^=+ \S+ (\S+): \w+.* =+$")
"""The line with which nox begins what a session has printed that ran beside others."""


@dataclass(frozen=True)
class Started:
    """A project after `abi-matrix init`."""

    table: Table
    noxfile: str
    lines: dict[str, int]
    """Of configuration that were written, by file."""
    unknown: tuple[str, ...]
    """What it said that it could not know."""


def install(folder: Path) -> Path:
    """Build the wheel of matrix/ and install it with what nox needs; return the folder of its commands."""
    with step("abi-matrix: building and installing its wheel"):
        out = folder / "wheel"
        env = measuring.environment()
        commands.succeed(
            find_uv_bin(), "build", "--quiet", "--wheel", f"--out-dir={out}", ROOT / "matrix", env=env
        )
        [wheel] = out.glob("*.whl")
        python = venvs.create(folder / "newcomer", sys.executable)
        commands.succeed(
            *(find_uv_bin(), "pip", "install", "--quiet", f"--python={python}", f"{wheel}[nox]"), env=env
        )
    return python.parent


def init(project: Path, tools: Path, needs: Sequence[str] = ()) -> Started:
    """Run `abi-matrix init` in a project's folder, and add what its tests ``need`` as a person would.

    Raises UserError if it proposes no table.
    """
    before = _files(project)
    said = commands.succeed(
        tools / "abi-matrix", "init", "--beside", cwd=project, env=measuring.environment(tools)
    )
    written = {
        name: lines - before.get(name, 0)
        for name, lines in _files(project).items()
        if lines != before.get(name)
    }
    table = load(project)
    if needs:
        [group] = table.tests.groups
        commands.succeed(
            *(find_uv_bin(), "add", "--quiet", "--frozen", f"--group={group}", *needs),
            cwd=project, env=measuring.environment(tools),
        )  # fmt: skip
    noxfile = next(name for name in ("noxfile-abi-matrix.py", "noxfile.py") if name in written)
    return Started(table, noxfile, written, tuple(_listed(said)))


def test(what: str, started: Started, pythons: Sequence[str], tools: Path) -> Run:
    """Run the sessions that test ``pythons``, and so those that build their wheels.

    Raises UserError if nox itself fails.
    """
    root = started.table.root
    report = root / ".nox" / "sessions.json"
    report.unlink(missing_ok=True)
    ended = measuring.timed(
        what,
        *("nox", f"--noxfile={started.noxfile}", f"--report={report}", "--sessions"),
        *(f"test-{python}" for python in pythons),
        cwd=root, tools=tools,
    )  # fmt: skip
    if not report.exists():
        raise UserError(f"{what}: nox ended before its sessions did: {ended.reason}")
    results = {one["name"]: one["result"] for one in json.loads(report.read_text("utf-8"))["sessions"]}
    failed = [python for python in pythons if results.get(f"test-{python}") != "success"]
    reasons = {python: reason(ended.printed, started.table, python) for python in failed}
    return Run(ended.cost, reasons, _tests(started.table, pythons))


def outcomes(started: Started, pythons: Iterable[str], failed: dict[str, str]) -> dict[str, Outcome]:
    """Return what each of the interpreters got."""
    return {python: _outcome(started, python, failed.get(python, "")) for python in pythons}


def reason(printed: str, table: Table, python: str) -> str:
    """Return why the test session of ``python`` failed, from what nox ``printed``: the first error told."""
    _, *parts = _BLOCK.split(printed)
    told = dict(zip(parts[::2], parts[1::2], strict=True))
    for session in (table.row_for(python).session, f"test-{python}"):
        text = told.get(session, "")
        ended = re.search(rf"(?m)^nox > Session {re.escape(session)} (.*)$", text)
        if ended and not ended[1].startswith("was successful"):
            return measuring.first_error(text) or ended[1].partition(": ")[2]
    return "its session did not run"


def _tests(table: Table, pythons: Iterable[str]) -> Cost:
    """Return what all lanes that have run took."""
    total = Cost()
    for python in pythons:
        for facts in (results.folder(table.root) / f"test-{python}").glob("*.json"):
            took = json.loads(facts.read_text("utf-8")).get("took", {})
            total += Cost(**took)
    return total


def _outcome(started: Started, python: str, reason: str) -> Outcome:
    table = started.table
    if python not in table.interpreters:
        said = next((line for line in started.unknown if line.startswith(f"{python}: ")), "")
        return Outcome(reason=said.removeprefix(f"{python}: ") or "no row of the table serves it.")
    left = results.folder(table.root) / f"test-{python}"
    name = left / "wheel.txt"
    made = Outcome(name.read_text("utf-8") if name.exists() else "", reason=reason)
    for lane in lanes(python, table):
        if (xml := left / f"{lane.name}.xml").exists():
            made.lanes[lane.name] = results.of_pytest(xml)
    return made


def _files(project: Path) -> dict[str, int]:
    """Return the lines of every file where `init` writes some, without those that are empty or a comment."""
    files = (path for path in (*project.iterdir(), *project.glob(".github/workflows/*")) if path.is_file())
    return {file.relative_to(project).as_posix(): _lines(file) for file in files}


def _lines(file: Path) -> int:
    stripped = (line.strip() for line in file.read_text("utf-8", "replace").splitlines())
    return sum(bool(line) and not line.startswith("#") for line in stripped)


def _listed(said: str) -> Iterable[str]:
    for line in said.partition(_UNKNOWN)[2].strip().splitlines():
        if not line.startswith("- "):
            break
        yield line.removeprefix("- ")
