"""What the sessions left behind, as one table and one count."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from matrix.errors import UserError
from matrix.lanes import SUITES, lanes
from matrix.progress import say
from matrix.table import ROOT
from workshop.testing import completeness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matrix.table import Table

FOLDER = ROOT / ".nox" / "report"


@dataclass(frozen=True)
class Count:
    """How many tests passed, failed (or erred), were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def of_pytest(xml: Path) -> Count:
    """Read the count of one pytest run from its ``--junit-xml``; raises UserError if it holds none."""
    total = Count()
    for suite in _results(xml).iter("testsuite"):
        run, bad, skipped = (
            sum(int(suite.get(name, 0)) for name in names)
            for names in (("tests",), ("failures", "errors"), ("skipped",))
        )
        total += Count(run - bad - skipped, bad, skipped)
    return total


def _results(xml: Path) -> ET.Element:
    try:
        return ET.parse(xml).getroot()  # noqa: S314 - our own file
    except (OSError, ET.ParseError) as error:
        raise UserError(f"{xml.name} holds no test results ({error}): run `nox` again.") from error


def node(case: ET.Element) -> str:
    """Return pytest's node id of a test case in a ``--junit-xml``."""
    module, *classes = re.split(r"\.(?=Test)", case.get("classname", ""))
    return "::".join((f"{module.replace('.', '/')}.py", *classes, case.get("name", "")))


def of_cargo(output: str) -> Count:
    """Read the count of a ``cargo test`` run from its output."""
    total = Count()
    for passed, failed, ignored in re.findall(r"(\d+) passed; (\d+) failed; (\d+) ignored", output):
        total += Count(int(passed), int(failed), int(ignored))
    return total


def failures() -> str:
    """Say of every session's last run what failed in it: each test in full, then a line a test.

    A lane that began and left no results, because its process died or was ended, has a line too.
    """
    told, lines = [], []
    begun = {file.with_suffix(".xml") for file in FOLDER.glob("*/*.json")}
    for xml in sorted({*begun, *FOLDER.glob("*/*.xml")}):
        run = f"{xml.parent.name}, {xml.stem}"
        try:
            root = ET.parse(xml).getroot()  # noqa: S314 - our own file
        except (OSError, ET.ParseError):
            lines.append(f"{run}: ended before its results")
            continue
        for case in root.iter("testcase"):
            for bad in (*case.iterfind("failure"), *case.iterfind("error")):
                lines.append(f"{run}: {node(case)}")
                told.append(f"{lines[-1]}\n{bad.text or bad.get('message')}\n")
    return "\n".join([*told, *lines]) or "No session left a failed test behind."


def fresh(name: str) -> Path:
    """Return an empty folder for the results of the session ``name``."""
    path = FOLDER / name
    path.mkdir(parents=True, exist_ok=True)
    for old in path.iterdir():
        old.unlink()
    return path


def show(table: Table) -> None:
    """Print a row an interpreter, then the count of all tests of all sessions as the last line.

    The count goes into ``count.txt`` too, because nox has the last word on the screen. Raises
    UserError if a session of the table left nothing behind.
    """
    cargo = _read("rust", "cargo.txt")
    total = sum((of_pytest(FOLDER / name / f"{name}.xml") for name in SUITES), of_cargo(cargo))
    total += show_interpreters(table, "test")
    suites = (gap for name in SUITES for gap in gaps_of_suite(name))
    completeness.require_none([*completeness.gaps_of_cargo(cargo), *suites])
    say(str(total))
    (FOLDER / "count.txt").write_text(f"{total}\n", encoding="utf-8")


def show_interpreters(table: Table, kind: str) -> Count:
    """Print a row an interpreter of what its session of this ``kind`` tested, and return their count.

    Raises UserError if one of them left nothing behind, or did not prove what it should.
    """
    # Only here: the sessions that leave the results behind draw no table.
    from rich.table import Column  # noqa: PLC0415

    from matrix import grid  # noqa: PLC0415

    rows, total = [], Count()
    gaps: list[str] = []
    for python in table.interpreters:
        session = f"{kind}-{python}"
        names = [lane.name for lane in lanes(python)]
        identity = json.loads(_read(session, f"{names[0]}.json"))
        counts = {name: of_pytest(FOLDER / session / f"{name}.xml") for name in names}
        passed = ", ".join(f"{name}: {count.passed}" for name, count in counts.items())
        rows.append((python, identity["line"], _read(session, "wheel.txt"), passed))
        total += sum(counts.values(), Count())
        gaps += gaps_of_interpreter(python, session)
    folded = (Column(heading, overflow="fold") for heading in ("identity", "wheel", "tests passed"))
    grid.show("Tested", ["interpreter", *folded], rows)
    completeness.require_none(gaps)
    return total


def gaps_of_interpreter(python: str, session: str) -> Iterator[str]:
    """Say what the lanes of ``python`` in this session did not prove."""
    others = tuple(f"tests/{folder}/" for folder in SUITES.values())
    demanded = completeness.due(lambda file: not file.startswith(others), python)
    return completeness.gaps(session, [read_run(session, lane.name) for lane in lanes(python)], demanded)


def gaps_of_suite(session: str) -> Iterator[str]:
    """Say what one of ``SUITES`` did not prove."""
    demanded = completeness.due(lambda file: file.startswith(f"tests/{SUITES[session]}/"))
    return completeness.gaps(session, [read_run(session, session)], demanded)


def read_run(session: str, name: str) -> completeness.Run:
    """Return what one run of pytest, of this session, left behind; raises UserError if it did not."""
    collected = json.loads(_read(session, f"{name}.collected"))
    results = [*_results(FOLDER / session / f"{name}.xml").iter("testcase")]
    return completeness.Run(
        name,
        collected={test: facts["claims"] for test, facts in collected.items()},
        chosen=frozenset(test for test, facts in collected.items() if facts["chosen"]),
        begun=frozenset(map(node, results)),
        # pytest writes an element into the case of a test that failed, erred or was skipped.
        passed=frozenset(
            node(case) for case in results if not any(map(case.findall, ("failure", "error", "skipped")))
        ),
    )


def _read(session: str, name: str) -> str:
    file = FOLDER / session / name
    if not file.exists():
        raise UserError(f"The session {session} left no {name} behind: run it, or `nox`.")
    return file.read_text(encoding="utf-8")
