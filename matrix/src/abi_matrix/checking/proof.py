"""The proof: this machine's pip and uv with its interpreters, and an import of what they take."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.tags import platform_tags
from rich.console import Console

from abi_matrix.base.commands import last_line
from abi_matrix.base.errors import MISSING_INTERPRETER, InputError
from abi_matrix.checking.contents import DECLARE_IT
from abi_matrix.checking.findings import Finding, Report, listed
from abi_matrix.interpreters import local
from abi_matrix.wheels import installers, standins
from abi_matrix.wheels.choice import choose
from abi_matrix.wheels.installers import InstallerError
from abi_matrix.wheels.modules import importable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from abi_matrix.interpreters.names import Interpreter
    from abi_matrix.wheels.files import Wheel
    from abi_matrix.wheels.folder import Files

_NO_WHEEL = "no wheel"


def prove(files: Files, interpreters: Sequence[Interpreter], *, asked: bool) -> Report:
    """Ask pip and uv which wheel each interpreter gets, compare it with the computed one, and import it.

    Interpreters that this machine does not have are reported as not checked; raises InputError if they were
    ``asked`` for by name, or if there is none at all.
    """
    report = Report()
    found = {interpreter: local.find(interpreter) for interpreter in interpreters}
    missing = [interpreter.name for interpreter, file in found.items() if file is None]
    if missing and (asked or len(missing) == len(found)):
        raise InputError(
            MISSING_INTERPRETER,
            f"This machine has no {listed(missing, 9)}: `uv python install {' '.join(missing)}` provides it.",
        )
    if missing:
        get = "gets" if len(missing) == 1 else "get"
        report.unchecked.append(f"What {listed(missing, 9)} really {get}: not on this machine.")
    with tempfile.TemporaryDirectory() as folder:
        standins.make(files.wheels, Path(folder))
        for interpreter, executable in found.items():
            if executable is not None:
                with Console(stderr=True).status(f"{interpreter.name}: asking pip and uv, and importing"):
                    report.add(_prove(files, interpreter, executable, Path(folder)))
    if all(proof["computed"] == _NO_WHEEL for proof in report.proofs):
        report.unchecked.append("Whether anything can be imported: nothing here is for this machine.")
    return report


def _prove(files: Files, interpreter: Interpreter, executable: Path, folder: Path) -> Report:
    report = Report()
    choice = choose(replace(files, sdists=()), interpreter, [*platform_tags()])
    fair = [wheel.path.name for wheel in (choice.wheel, *choice.equals) if wheel] or [_NO_WHEEL]
    taken = {}
    for installer, ask in (("pip", installers.by_pip), ("uv", installers.by_uv)):
        try:
            taken[installer] = ask(folder, files.project, executable) or _NO_WHEEL
        except InstallerError as error:
            report.unchecked.append(f"What {installer} takes for {interpreter.name}: {error}")
            continue
        if taken[installer] not in fair:
            name = taken[installer]
            message = f"{installer} takes {name} for {interpreter.name}, the order of tags says {fair[0]}."
            next_step = (
                "Look what else is special about it; if nothing, report it as a mistake of abi-matrix."
            )
            report.findings.append(Finding("AM201", message, next_step, (), (interpreter.name,)))
    proof: dict[str, Any] = {"interpreter": interpreter.name, "computed": fair[0], **taken, "imported": []}
    for wheel in files.wheels:
        if wheel.path.name in taken.values():
            proof["imported"] += _import(wheel, interpreter.name, executable, report)
    report.proofs.append(proof)
    return report


def _import(wheel: Wheel, python: str, executable: Path, report: Report) -> list[dict[str, Any]]:
    """Import every extension module of a wheel, or its packages; return what the interpreter said of each."""
    name = wheel.path.name
    extensions = {module.name: module for module in importable(wheel)}
    wanted = [*extensions] or _packages(wheel)
    with tempfile.TemporaryDirectory() as folder:
        try:
            fresh = installers.install(wheel.path, executable, Path(folder, "venv"))
        except InstallerError as error:
            report.unchecked.append(
                f"Whether {python} can import {name}, which could not be installed: {error}"
            )
            return []
        said, result = local.probe(fresh, wanted)
    before, lines = said[:1], said[1:]
    for line in lines:
        file = Path(line.get("file") or "a folder").name
        if "error" not in line and line["module"] in extensions and not extensions[line["module"]].has(file):
            line["error"] = f"what is there is {file}"
    errors = [(line["module"], line["error"]) for line in lines if "error" in line]
    if len(lines) < len(wanted):  # it crashed, or hung
        errors.append((wanted[len(lines)], last_line(result)))
    for module, words in errors:
        message = f"{python} cannot import {module} of {{files}}: {words}"
        next_step = "Install it into an environment of this interpreter, and import the module."
        report.findings.append(Finding("AM202", message, next_step, (name,), (python,)))
    off = any(not facts["gil"] for facts in before)
    if off and (culprit := next((line["module"] for line in lines if line["gil"]), None)):
        message = f"Importing {culprit} of {{files}} turns the GIL on in {python}."
        report.findings.append(Finding("AM106", message, DECLARE_IT, (name,), (python,)))
    return lines


def abis_tried_without_gil(files: Files, proofs: Iterable[dict[str, Any]]) -> set[str]:
    """Return the ABIs of the wheels of which a free-threaded interpreter has imported every module."""
    tried = [proof for proof in proofs if proof["interpreter"].endswith("t") and proof["imported"]]
    good = [proof for proof in tried if not any("error" in line for line in proof["imported"])]
    taken = {proof.get(installer) for proof in good for installer in ("pip", "uv")}
    return {wheel.abi for wheel in files.wheels if wheel.path.name in taken}


def _packages(wheel: Wheel) -> list[str]:
    """Return the packages and modules at the top of a wheel."""
    tops = {name.partition("/")[0] for name in wheel.members if name.endswith("/__init__.py")}
    tops |= {name.removesuffix(".py") for name in wheel.members if "/" not in name and name.endswith(".py")}
    return sorted(filter(str.isidentifier, tops))
