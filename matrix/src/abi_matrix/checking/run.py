"""All checks of a set of files, in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.checking import audits, contents, coverage, gil, matrix, proof
from abi_matrix.checking.findings import Report, listed, merged
from abi_matrix.interpreters import names
from abi_matrix.wheels.folder import collect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from abi_matrix.checking.matrix import Matrix


def check(
    paths: Iterable[Path],
    pythons: Sequence[str] = (),
    *,
    prove: bool = False,
    audit: bool = False,
    ignore: Collection[str] = (),
) -> tuple[Matrix, Report]:
    """Return who gets which of the files at ``paths``, and what is wrong, but for the codes to ``ignore``.

    ``pythons`` are names of interpreters; without any, every CPython of today and what wheels name beside.
    Raises InputError for whatever cannot be checked.
    """
    asked = [*dict.fromkeys(map(names.parse, pythons))]
    table = matrix.build(collect(paths), asked)
    found, unknown = gil.check(table)
    report = Report([*coverage.check(table), *contents.check(table), *found])
    if audit:
        report.add(audits.audit(table.files.wheels))
    if prove:
        report.add(proof.prove(table.files, table.interpreters, asked=bool(asked)))
    if unknown := unknown - proof.abis_tried_without_gil(table.files, report.proofs):
        abis = listed(sorted(unknown))
        report.unchecked.append(
            f"Whether the modules of {abis} leave the GIL off: an import tells (--prove)."
        )
    report.findings = merged(finding for finding in report.findings if finding.code not in ignore)
    return table, report
