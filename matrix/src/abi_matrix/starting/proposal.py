"""The rows that are proposed: which wheels a project's build makes, and whom each of them serves."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from abi_matrix.base.errors import NO_EXTENSION, InputError
from abi_matrix.config.rows import SECTION
from abi_matrix.config.table import Row
from abi_matrix.interpreters import names

if TYPE_CHECKING:
    from abi_matrix.interpreters.names import Interpreter
    from abi_matrix.starting.project import Project

LIMITED_API = "abi3.cfg"
"""The file that tells setuptools to tag a wheel as abi3, which it must not do for a free-threaded build."""
_ABI3T = (3, 15)
_FIRST_BUILT = (3, 14)  # free-threaded; PyO3 has dropped 3.13t in 0.29, cibuildwheel in 4.0


@dataclass
class Proposal:
    """Rows, each with what it is for, and what no row is proposed for, with the reason."""

    rows: list[tuple[Row, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def propose(project: Project) -> Proposal:
    """Return the rows for every CPython of today that the project and its PyO3 support."""
    made = Proposal()
    allowed = [one for one in map(names.parse, names.TODAY) if _allowed(one, project.requires_python)]
    groups: dict[str, list[Interpreter]] = {}
    for one in allowed:
        tag = _tag(one, project, allowed[0].version)
        if reason := _refusal(one, tag, project):
            made.left_out.append(f"{one.name}: {reason}.")
        else:
            groups.setdefault(tag, []).append(one)
    for tag, served in groups.items():
        serves = tuple(one.name for one in served)
        # cibuildwheel would take the abi3 wheel of another row for the standard build.
        builder = serves[-1] if tag.endswith("abi3t") else serves[0]
        limited = project.backend == "setuptools-rust" and tag.endswith("-abi3")
        env = {"DIST_EXTRA_CONFIG": LIMITED_API} if limited else {}
        made.rows.append((Row(tag, builder, serves, env), _purpose(tag, served, project)))
    if not made.rows:
        reasons = " ".join(made.left_out) or f"requires-python is {project.requires_python}."
        raise InputError(NO_EXTENSION, f"No row can be proposed for {project.name}: {reasons}")
    return made


def text(project: Project, proposal: Proposal) -> str:
    """Return the table as it is written to pyproject.toml."""
    lines = ["# Which wheel is built with what, and whom it serves: nox's sessions come from this table."]
    for row, purpose in proposal.rows:
        lines += [f"[[tool.{SECTION}.wheel]] # {purpose}", f"tag = {json.dumps(row.tag)}"]
        if row.built_with != row.serves[0]:
            lines.append(f"built-with = {json.dumps(row.built_with)}")
        lines.append(f"serves = {json.dumps(row.serves)}")
        if row.env:
            pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in row.env.items())
            lines.append(f"env = {{ {pairs} }}")
        lines.append("")
    if project.backend == "maturin":
        lines += [
            f"[tool.{SECTION}.build]",
            "# As `maturin build` does: the platform's tag is the policy that the binary keeps.",
            'env = { MATURIN_PEP517_ARGS = "--compatibility pypi" }',
            "",
        ]
    return "\n".join([*lines, *_tests(project), ""])


def _tests(project: Project) -> list[str]:
    tests = project.tests
    if not tests.folder:
        return [
            f"[tool.{SECTION}.test] # there are no tests yet: remove this when they are in tests/",
            f"command = \"python -c 'import {project.module}'\"",
            "groups = []",
            "folders = []",
            "",
        ]
    keys = [f"groups = {json.dumps([tests.group])}"] if tests.group not in {"", "test"} else []
    if tests.folder != "tests":
        keys.append(f"folders = {json.dumps([tests.folder])}")
    return [f"[tool.{SECTION}.test]", *keys, ""] if keys else []


def _allowed(one: Interpreter, requires: SpecifierSet) -> bool:
    """Whether any release of this Python is among those that the project asks for."""
    spelled = "{}.{}".format(*one.version)
    return any(requires.contains(f"{spelled}.{patch}", prereleases=True) for patch in (0, 99))


def _tag(one: Interpreter, project: Project, oldest: tuple[int, int]) -> str:
    """Return the tag of the wheel that this interpreter builds."""
    features = project.crate.pyo3_features(_chosen(one, project))
    if "abi3t" in {feature.partition("-")[0] for feature in features} and one.version >= _ABI3T:
        return f"{_first(features, 'abi3t', _ABI3T)}-abi3.abi3t"
    if "abi3" in {feature.partition("-")[0] for feature in features} and not one.free_threaded:
        # setuptools asks for no version of its own: the tag is the one that we tell it.
        return f"{_first(features, 'abi3', oldest)}-abi3"
    return f"{one.tag}-{one.abi}"


def _first(features: set[str], kind: str, otherwise: tuple[int, int]) -> str:
    """Return the oldest CPython that a stable ABI is asked for, as in a tag."""
    found = [re.fullmatch(rf"{kind}-py(3)(\d+)", feature) for feature in features]
    asked = min((int(match[1]), int(match[2])) for match in found if match) if any(found) else otherwise
    return "cp{}{}".format(*asked)


def _chosen(one: Interpreter, project: Project) -> list[str]:
    """Return the crate's features with which the build backend builds for this interpreter."""
    chosen = [] if project.maturin.get("no-default-features") else ["default"]
    for written in project.maturin.get("features", []):
        if isinstance(written, str):
            chosen.append(written)
        elif written.get("python-implementation", "cpython") == "cpython" and SpecifierSet(
            written.get("python-version", "")
        ).contains("{}.{}".format(*one.version)):
            chosen.append(written["feature"])
    return chosen


def _refusal(one: Interpreter, tag: str, project: Project) -> str:
    """Say why no wheel is proposed for an interpreter; nothing if one is."""
    pyo3 = f"PyO3 {project.crate.pyo3}"
    if one.free_threaded and one.version < _FIRST_BUILT:
        return "PyO3 has dropped it in 0.29, cibuildwheel in 4.0"
    if one.free_threaded and not project.crate.free_threaded:
        return f"{pyo3} builds for no free-threaded interpreter, 0.23 is the first that does"
    first = re.match(r"cp3(\d+)-abi3", tag)
    if first and one.version[1] < int(first[1]):
        return f"the stable ABI that PyO3 is asked for begins with 3.{first[1]}"
    if one.version > project.crate.newest_python and not first:
        return f"{pyo3} builds for CPython up to {'{}.{}'.format(*project.crate.newest_python)}"
    return ""


def _purpose(tag: str, served: list[Interpreter], project: Project) -> str:
    if tag.endswith("abi3t"):
        what = "PyO3's abi3t: one wheel for both builds, and for later versions too"
    elif tag.endswith("-abi3"):
        what = "PyO3's abi3: one wheel for every version from here on that no other row serves"
    elif served[0].free_threaded:
        what = f"the free-threaded build of {'{}.{}'.format(*served[0].version)}, which takes no abi3 wheel"
    else:
        what = f"{served[0].name} alone: without a stable ABI each version needs a wheel of its own"
    known = project.classified
    new = {"{}.{}".format(*one.version) for one in served} - {*known}
    return f"{what}; no classifier names {', '.join(sorted(new))}" if known and new else what
