"""What runs of tests left behind: counts and failures, from the files that pytest and cargo write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from abi_matrix.base.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path


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


def folder(root: Path) -> Path:
    """Return the folder in which every session has a folder of its results."""
    return root / ".nox" / "report"


def fresh(root: Path, session: str) -> Path:
    """Return an empty folder for the results of a session."""
    path = folder(root) / session
    path.mkdir(parents=True, exist_ok=True)
    for old in path.iterdir():
        old.unlink()
    return path


def of_pytest(xml: Path) -> Count:
    """Read the count of one pytest run from its ``--junit-xml``; raises UserError if it holds none."""
    total = Count()
    for suite in read(xml).iter("testsuite"):
        run, bad, skipped = (
            sum(int(suite.get(name, 0)) for name in names)
            for names in (("tests",), ("failures", "errors"), ("skipped",))
        )
        total += Count(run - bad - skipped, bad, skipped)
    return total


def of_cargo(output: str) -> Count:
    """Read the count of a ``cargo test`` run from its output."""
    total = Count()
    for passed, failed, ignored in re.findall(r"(\d+) passed; (\d+) failed; (\d+) ignored", output):
        total += Count(int(passed), int(failed), int(ignored))
    return total


def read(xml: Path) -> ET.Element:
    """Return what a ``--junit-xml`` holds; raises UserError if that is nothing."""
    try:
        return ET.parse(xml).getroot()  # noqa: S314 - our own file
    except (OSError, ET.ParseError) as error:
        raise UserError(f"{xml.name} holds no test results ({error}): run `nox` again.") from error


def node(case: ET.Element) -> str:
    """Return pytest's node id of a test case in a ``--junit-xml``."""
    module, *classes = re.split(r"\.(?=Test)", case.get("classname", ""))
    return "::".join((f"{module.replace('.', '/')}.py", *classes, case.get("name", "")))


def failures(root: Path) -> str:
    """Say of every session's last run what failed in it: each test in full, then a line a test.

    A lane that began and left no results, because its process died or was ended, has a line too.
    """
    told, lines = [], []
    begun = {file.with_suffix(".xml") for file in folder(root).glob("*/*.json")}
    for xml in sorted({*begun, *folder(root).glob("*/*.xml")}, key=str):
        run = f"{xml.parent.name}, {xml.stem}"
        try:
            results = read(xml)
        except UserError:
            lines.append(f"{run}: ended before its results")
            continue
        for case in results.iter("testcase"):
            for bad in (*case.iterfind("failure"), *case.iterfind("error")):
                lines.append(f"{run}: {node(case)}")
                told.append(f"{lines[-1]}\n{bad.text or bad.get('message')}\n")
    return "\n".join([*told, *lines]) or "No session left a failed test behind."
