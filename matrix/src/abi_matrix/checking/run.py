"""All checks of a set of files, in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.checking import audits, completeness, contents, coverage, matrix, proof
from abi_matrix.checking.completeness import Demand
from abi_matrix.checking.findings import Report, listed, merged
from abi_matrix.interpreters import names
from abi_matrix.wheels.folder import collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from abi_matrix.checking.matrix import Matrix


def check(
    paths: Iterable[Path],
    pythons: Sequence[str] = (),
    demand: Demand = Demand(),  # noqa: B008 - it is frozen
    *,
    prove: bool = False,
    audit: bool = False,
) -> tuple[Matrix, Report]:
    """Return who gets which of the files at ``paths``, and what is wrong.

    ``pythons`` are names of interpreters; without any, those of the table, or where there is no table, every
    CPython of today and what wheels name beside. With a table the files have to be what the ``demand`` says.

    Raises InputError for whatever cannot be checked.
    """
    paths = tuple(paths)
    files = collect(paths)
    table = demand.by_table(files)
    asked = [*map(names.parse, dict.fromkeys(pythons or (table.interpreters if table else ())))]
    found = matrix.build(files, asked)
    turned_on, unknown = contents.gil(found)
    report = Report([*coverage.check(found), *contents.check(found), *turned_on])
    if table:
        report.table = str(table.root / "pyproject.toml")
        report.findings += completeness.check(found, table, paths, demand)
    if audit:
        report.add(audits.audit(files.wheels))
    if prove:
        report.add(proof.prove(files, found.interpreters, asked=bool(pythons)))
    if unknown := unknown - proof.abis_tried_without_gil(files, report.proofs):
        abis = listed(sorted(unknown))
        report.unchecked.append(
            f"Whether the modules of {abis} leave the GIL off: an import tells (--prove)."
        )
    report.findings = merged(report.findings)
    return found, report
