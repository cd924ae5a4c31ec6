"""The files that `init` writes: what is in them, which are left alone, and all of them or none."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from abi_matrix.base.errors import BROKEN_TOML, NOT_WRITTEN, InputError
from abi_matrix.starting import proposal as proposals

if TYPE_CHECKING:
    from pathlib import Path

    from abi_matrix.starting.project import Project
    from abi_matrix.starting.proposal import Proposal

_TEMPLATES = files("abi_matrix.starting") / "templates"
_WORKFLOWS = ("ci.yml", "wheels.yml", "publish.yml")
_FOLDER = ".github/workflows"
_BESIDE = "-abi-matrix"
_GROUPS = re.compile(r"(?m)^\[dependency-groups\][^\S\n]*(#.*)?$")

_CIBUILDWHEEL = f"""\
# How {_FOLDER}/wheels.yml builds them for all platforms; which, comes from the table.
[tool.cibuildwheel]
build-frontend = "build[uv]"
test-command = 'python -c "import {{module}}"' # ci.yml runs the tests
{{audit}}\
linux.before-all = "curl -sSf https://sh.rustup.rs | sh -s -- -y --profile=minimal --no-modify-path"
linux.environment.PATH = "$HOME/.cargo/bin:$PATH"
"""


_NO_AUDIT = 'audit-command = "" # abi3audit, the default, does not know abi3t; wheels.yml audits\n'


@dataclass
class Files:
    """What is to be written, and what is left as it is, both by path relative to the project."""

    new: dict[str, str] = field(default_factory=dict)
    alone: dict[str, str] = field(default_factory=dict)
    """Files that are there already, and the name beside them that `--beside` would give to ours."""


def plan(project: Project, proposal: Proposal, *, beside: bool = False) -> Files:
    """Return the files for these rows; ``beside`` gives other names to those whose names are taken."""
    planned = Files()
    names = ["noxfile.py", *(f"{_FOLDER}/{name}" for name in _WORKFLOWS)]
    limited = [row.tag.partition("-")[0] for row, _ in proposal.rows if row.env]
    if limited:
        names.append(proposals.LIMITED_API)
    final: dict[str, str] = {}
    for name in names:
        stem, _, suffix = name.rpartition(".")
        other = f"{stem}{_BESIDE}.{suffix}"
        if not (taken := _taken(project.root, name)):
            final[name] = name
            continue
        # Of the file that the table names, only one can be meant.
        may_be_beside = name != proposals.LIMITED_API and not _taken(project.root, other)
        planned.alone[taken] = other if may_be_beside else ""
        if beside and may_be_beside:
            final[name] = other
    if not any(name.endswith("/wheels.yml") for name in final):  # which publish.yml would call
        final.pop(f"{_FOLDER}/publish.yml", None)
    values = {
        "@PROJECT@": project.name,
        "@NOXFILE@": final.get("noxfile.py", "noxfile.py"),
        "@WHEELS@": final.get(f"{_FOLDER}/wheels.yml", "").rpartition("/")[2],
        "@TAG@": "".join(limited[:1]),
    }
    for name, written in final.items():
        content = (_TEMPLATES / f"{name.rpartition('/')[2]}.txt").read_text(encoding="utf-8")
        for word, value in values.items():
            content = content.replace(word, value)
        planned.new[written] = content
    planned.new["pyproject.toml"] = pyproject(project, proposal)
    return planned


def pyproject(project: Project, proposal: Proposal) -> str:
    """Return the project's pyproject.toml with the table, and everything else in it as it was."""
    old = (project.root / "pyproject.toml").read_bytes().decode()
    end = "\r\n" if "\r\n" in old else "\n"
    before, added = old, proposals.text(project, proposal)
    expected = tomllib.loads(before)
    if needs := project.tests.needs:
        line = f"test = {json.dumps(needs)}" + (
            f" # copied from {project.tests.copied_from}" if project.tests.copied_from else ""
        )
        if "dependency-groups" in expected:
            before = _GROUPS.sub(lambda found: f"{found[0].rstrip()}{end}{line}", old, count=1)
        else:
            added += f"[dependency-groups]\n{line}\n\n"
        expected.setdefault("dependency-groups", {})["test"] = needs
    if "cibuildwheel" not in expected.get("tool", {}):
        added += _CIBUILDWHEEL.format(
            module=project.module,
            audit=_NO_AUDIT if any("abi3t" in row.tag for row, _ in proposal.rows) else "",
        )
    new = before.rstrip() + (end * 2) + added.rstrip().replace("\n", end) + end
    # Text was added, not data: what it says must be what was said before, and the addition.
    try:
        sound = tomllib.loads(new) == _merged(expected, tomllib.loads(added))
    except tomllib.TOMLDecodeError:
        sound = False
    if not sound:
        raise InputError(
            BROKEN_TOML,
            "The table cannot be added at the end of pyproject.toml, where [tool] or [dependency-groups] is"
            " written inline: write these as tables with headers first.",
        )
    return new


def write(root: Path, contents: dict[str, str]) -> None:
    """Write all files or none, the last of them over what is there; raises InputError if one fails."""
    parts = {root / name: root / f"{name}.part" for name in contents}
    folders: list[Path] = []
    written: list[Path] = []
    try:
        for (path, part), content in zip(parts.items(), contents.values(), strict=True):
            for folder in reversed([one for one in path.parents if not one.exists()]):
                folder.mkdir()
                folders.append(folder)
            written.append(part)
            part.write_bytes(content.encode())
            if path.exists():
                shutil.copymode(path, part)
        for path, part in parts.items():
            new = not path.exists()
            part.replace(path)
            written += [path] * new
    except OSError as error:
        with suppress(OSError):  # what cannot be written to may refuse this, too
            for path in written:
                path.unlink(missing_ok=True)
            for folder in reversed(folders):
                folder.rmdir()
        raise InputError(NOT_WRITTEN, f"Nothing was written: {error}.") from None


def _taken(root: Path, name: str) -> str:
    """Return the file that has this name already, whatever its case, and be it .yml or .yaml."""
    path = root / name
    wanted = {path.name, path.name.replace(".yml", ".yaml")}
    there = path.parent.iterdir() if path.parent.is_dir() else ()
    found = next((one for one in there if one.name.casefold() in wanted), None)
    return found.relative_to(root).as_posix() if found else ""


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    inside = {
        name: _merged(one[name], value) for name, value in other.items() if isinstance(one.get(name), dict)
    }
    return one | other | inside
