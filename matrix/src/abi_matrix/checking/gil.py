"""Whether modules leave the GIL off, as far as their files tell."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from abi_matrix.checking.findings import Finding, listed
from abi_matrix.wheels.modules import gil_by_file

if TYPE_CHECKING:
    from abi_matrix.checking.matrix import Matrix
    from abi_matrix.wheels.files import Wheel
    from abi_matrix.wheels.modules import Module

DECLARE_IT = "Declare it: PyO3 `gil_used = false`, Cython `freethreading_compatible`, C `Py_mod_gil`."


def check(matrix: Matrix) -> tuple[list[Finding], set[str]]:
    """Return the modules that certainly turn the GIL on, and the ABIs with others, of which nothing is known.

    Of the wheels of an ABI the smallest is read, and all only if that one has something: they are made of the
    same sources, and reading a hundred large files takes long.
    """
    findings: list[Finding] = []
    unknown: set[str] = set()
    by_abi: dict[str, list[Wheel]] = defaultdict(list)
    for wheel, takers in matrix.takers.items():
        if any(interpreter.free_threaded for interpreter in takers):
            by_abi[wheel.abi].append(wheel)
    for abi, wheels in by_abi.items():
        smallest, *others = sorted(wheels, key=lambda wheel: wheel.path.stat().st_size)
        certain, undecided = gil_by_file(smallest)
        if undecided:
            unknown.add(abi)
        findings += _findings(matrix, smallest, certain)
        for wheel in others if certain else []:
            findings += _findings(matrix, wheel, gil_by_file(wheel)[0])
    return findings, unknown


def _findings(matrix: Matrix, wheel: Wheel, certain: list[Module]) -> list[Finding]:
    pythons = tuple(one.name for one in matrix.takers[wheel] if one.free_threaded)
    message = f"{{}} in {{{{files}}}} turns the GIL on in {listed(pythons)}: it declares nothing."
    return [
        Finding("AM106", message.format(module.name), DECLARE_IT, (wheel.path.name,), pythons)
        for module in certain
    ]
