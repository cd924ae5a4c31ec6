"""A check's result for people, for programs and for GitHub."""

from __future__ import annotations

import json
import textwrap
from functools import partial
from typing import TYPE_CHECKING

from rich.table import Column, Table
from rich.text import Text

from abi_matrix.base import terminal
from abi_matrix.checking.findings import CODES, listed
from abi_matrix.interpreters.machines import EVERY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi_matrix.checking.findings import Report
    from abi_matrix.checking.matrix import Matrix
    from abi_matrix.wheels.choice import Choice

_WHOLE = partial(Column, overflow="fold")  # no name of a file is cut off
_IN_A_LINE = 4  # platforms
_NO_TERMINAL = 120  # columns, where there is no terminal to ask


def as_text(matrix: Matrix, report: Report) -> None:
    """Print the table, the findings and the sum."""
    console = terminal.console(_NO_TERMINAL, markup=False, emoji=False)
    files = matrix.files
    versions = listed([str(version) for version in files.versions])
    sdists = f" and {_count(len(files.sdists), 'sdist')}" if files.sdists else ""
    families = dict.fromkeys(machine.family for machine in matrix.machines)
    table = f", by the table in {report.table}" if report.table else ""
    console.print(
        f"{files.project} {versions}: {_count(len(files.wheels), 'wheel')}{sdists}"
        f" for {EVERY if EVERY in families else _count(len(families), 'platform')}{table}\n"
    )
    console.print(_table(matrix))
    if report.proofs:
        console.print("\nOn this machine:\n")
        console.print(_proofs(report))
    for finding in report.findings:
        console.print()
        console.print(Text.assemble((finding.code, "bold red"), " ", finding.sentence))
        console.print(textwrap.indent(textwrap.fill(finding.next_step, console.width - 6), " " * 6))
    console.print()
    for sentence in report.unchecked:
        console.print(Text.assemble(("Not checked: ", "bold yellow"), sentence))
    console.print(_sum(report))


def as_json(matrix: Matrix, report: Report) -> str:
    """Return the same for programs."""
    result = {
        "project": matrix.files.project,
        "versions": [str(version) for version in matrix.files.versions],
        "table": report.table or None,
        "interpreters": [
            {
                "interpreter": interpreter.name,
                "gets": [
                    {
                        "platform": machine.name,
                        "file": choice.file.path.name if choice.file else None,
                        "excluded_by_requires_python": choice.excluded,
                    }
                    for machine, choice in matrix.of(interpreter).items()
                ],
            }
            for interpreter in matrix.interpreters
        ],
        "findings": [finding.as_json() for finding in report.findings],
        "not_checked": report.unchecked,
        "proofs": report.proofs,
    }
    return json.dumps(result, indent=2)


def as_annotations(report: Report) -> Iterator[str]:
    """Yield the lines from which GitHub makes annotations of a run."""
    for finding in report.findings:
        title = f"{finding.code}: {CODES[finding.code]}"
        yield f"::error title={_escaped(title, ':,')}::{_escaped(f'{finding.sentence} {finding.next_step}')}"
    for sentence in report.unchecked:
        yield f"::warning title=abi-matrix%3A not checked::{_escaped(sentence)}"


def _table(matrix: Matrix) -> Table:
    """Return a row for each file, or each ABI on several platforms, that an interpreter gets."""
    table = Table("interpreter", _WHOLE("gets"), "on", box=None, pad_edge=False)
    newest = [machine for machine in matrix.machines if machine.newest]
    for interpreter in matrix.interpreters:
        groups: dict[str, list[str]] = {}
        for machine in newest:
            choice = matrix.choices[interpreter, machine]
            got = choice.wheel.path.name if choice.wheel and len(newest) == 1 else _gets(choice, matrix)
            groups.setdefault(got, []).append(machine.family)
        for number, (got, families) in enumerate(groups.items()):
            where = listed(families) if len(families) <= _IN_A_LINE else f"{len(families)} platforms"
            everywhere = len(families) == len(newest) > 1
            table.add_row("" if number else interpreter.name, got, "all platforms" if everywhere else where)
    return table


def _gets(choice: Choice, matrix: Matrix) -> str:
    if choice.file is None:
        return "nothing: Requires-Python" if choice.excluded else "nothing"
    version = f" of {choice.file.version}" if len(matrix.files.versions) > 1 else ""
    return f"{choice.wheel.abi if choice.wheel else 'the sdist'}{version}"


def _proofs(report: Report) -> Table:
    table = Table("interpreter", _WHOLE("pip and uv take"), "imported", box=None, pad_edge=False)
    for proof in report.proofs:
        taken = [(installer, proof.get(installer, "did not answer")) for installer in ("pip", "uv")]
        same = len({file for _, file in taken}) == 1
        lines = proof["imported"]
        good = [line for line in lines if "error" not in line]
        gil = f", GIL {'on' if lines[-1]['gil'] else 'off'}" if good else ""
        table.add_row(
            proof["interpreter"],
            taken[0][1] if same else "\n".join(f"{installer}: {file}" for installer, file in taken),
            f"{len(good)} of {_count(len(lines), 'module')}{gil}" if lines else "",
        )
    return table


def _sum(report: Report) -> str:
    found = _count(len(report.findings), "finding") if report.findings else "Nothing found"
    return f"{found}, but not everything was checked." if report.unchecked else f"{found}."


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
