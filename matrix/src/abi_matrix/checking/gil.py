"""Whether modules leave the GIL off, as far as their files tell."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from abi_matrix.checking.findings import Finding, listed
from abi_matrix.wheels.modules import modules, silent_on_the_gil

if TYPE_CHECKING:
    from abi_matrix.checking.matrix import Matrix
    from abi_matrix.wheels.files import Wheel

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
        files = [file for module in modules(smallest) for file in module.files.values()]
        silent = silent_on_the_gil(smallest, files)
        if len(silent) < len(files):
            unknown.add(abi)
        for wheel in [smallest, *others] if silent else []:
            findings += _silent(wheel, [one.name for one in matrix.takers[wheel] if one.free_threaded])
    return findings, unknown


def _silent(wheel: Wheel, pythons: list[str]) -> list[Finding]:
    findings = []
    for module in modules(wheel):
        if silent_on_the_gil(wheel, module.files.values()):
            message = (
                f"{module.name} in {{files}} turns the GIL on in {listed(pythons)}: it declares nothing."
            )
            findings.append(Finding("AM106", message, DECLARE_IT, (wheel.path.name,), tuple(pythons)))
    return findings
