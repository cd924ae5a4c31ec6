"""Proof that an interpreter, with the wheel that it imports from, is what its session's name promises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi_matrix.base.commands import last_line
from abi_matrix.base.errors import UserError
from abi_matrix.interpreters import local, names
from abi_matrix.wheels.files import read_wheel
from abi_matrix.wheels.modules import importable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from abi_matrix.provisioning.environments import Environment
    from abi_matrix.testing.lanes import Lane


@dataclass(frozen=True)
class Installed:
    """A wheel in an environment of the interpreter that is called ``python``."""

    python: str
    environment: Environment
    wheel: Path


def require(installed: Installed, lane: Lane, report: Path) -> str:
    """Return a line on the interpreter and on the modules of the wheel; keep the facts in ``report`` as JSON.

    Raises UserError at the first promise that is not kept: that it is the interpreter of this name, that the
    GIL is what the lane says before and after the imports, and that the modules are those of the environment.
    """
    python, environment, wheel, gil = installed.python, installed.environment, installed.wheel, lane.gil
    env = environment.variables(lane.env)
    modules = importable(read_wheel(wheel))
    named = [module.name for module in modules]
    lines, result = local.probe(environment.python, named, env=env)
    if not lines:
        raise UserError(f"{environment.python} does not run: {last_line(result)}.")
    facts, *imports = lines
    if len(imports) < len(modules):
        raise UserError(
            f"{python} ended while it imported {named[len(imports)]} of {wheel.name}: {last_line(result)}."
        )
    for line, module in zip(imports, modules, strict=True):
        line["of_the_wheel"] = module.has(Path(line.get("file") or "").name)
    if sentence := broken_promise(facts, imports, python, gil, environment.folder):
        raise UserError(f"This session promises {python} with {wheel.name}, but {sentence}.")
    files = [Path(line["file"]).name for line in imports] or ["no extension module"]
    build = "free-threaded" if facts["free_threaded"] else "standard"
    name = {"cpython": "CPython"}.get(facts["implementation"], facts["implementation"])
    said = f"{name} {facts['version']} {build}, GIL {gil}, {', '.join(files)}"
    report.write_text(json.dumps({**facts, "imports": imports, "line": said}), encoding="utf-8")
    return said


def broken_promise(
    facts: Mapping[str, Any], imports: Sequence[Mapping[str, Any]], python: str, gil: str, folder: Path
) -> str | None:
    """Return what the facts and the imports contradict, as one sentence, or None."""
    if local.build(facts) != names.parse(python).build:
        build = "free-threaded" if facts["free_threaded"] else "standard"
        return f"it is {facts['implementation']} {facts['version']}, a {build} build"
    before = facts["gil"]
    if before != (gil == "on"):
        return f"the GIL is {_spelled(before)}, not {gil}"
    for line in imports:
        if "error" in line:
            return f"{line['module']} cannot be imported: {line['error']}"
        if line["gil"] != before:
            return f"importing {line['module']} turned the GIL {_spelled(line['gil'])}"
        if not (line["of_the_wheel"] and Path(line["file"]).is_relative_to(folder)):
            return f"{line['module']} was imported from {line['file']}, not from {folder}"
    return None


def _spelled(enabled: bool) -> str:
    return "on" if enabled else "off"
