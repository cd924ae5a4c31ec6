"""What an interpreter allows at build time: which PyO3, which stable ABI, and what our own build does.

``nox --no-dependencies -s build-limits -- pyo3`` compares the table's interpreters; with ``--python 3.14t``
(or the path of any interpreter) behind that it says it all about one.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table as Grid

from abi_matrix.base import terminal
from abi_matrix.base.errors import UserError
from abi_matrix.config import rows
from abi_matrix.interpreters import local
from abi_matrix.interpreters.local import search
from abi_matrix.interpreters.names import parse
from workshop import arguments, extension, repository
from workshop.pyo3 import releases
from workshop.repository import PROJECT, ROOT, cargo_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

_DEADLINE = 30.0  # seconds for an interpreter to say what it is
_WIDTH = 80
_USAGE = "say `nox --no-dependencies -s build-limits -- pyo3 [--python NAME|PATH]...`."
_ABI3T_SINCE = (3, 15)  # PEP 803


Facts = dict[str, Any]


def ask(python: str) -> Facts:
    """Start the interpreter ``python``, a name such as ``3.14t`` or a path, and let it describe itself.

    To the facts of `abi_matrix.interpreters.probe` come its name in the table, as ``python``, and its path.
    Raises UserError if there is none, if it gives no answer, or if it is no CPython.
    """
    is_path = "/" in python or "\\" in python
    path = shutil.which(python) if is_path else getattr(search(python), "system_executable", None)
    if path is None:
        known = python in repository.table().interpreters
        provide = f"nox -s provision -- {python}" if known else f"uv python install {python}"
        remedy = "give another path" if is_path else f"run `{provide}`, or give a path"
        raise UserError(f"There is no interpreter {python} here: {remedy}.")
    said, _ = local.probe(Path(path), patience=_DEADLINE)
    if not said:
        raise UserError(f"{path} does not answer as a Python does: give another with --python.")
    facts = said[0]
    if facts["implementation"] != "cpython":
        raise UserError(
            f"{path} is {facts['implementation']}, and what is said here is true of CPython only:"
            " give another with --python."
        )
    return {**facts, "python": local.build(facts).partition(" ")[2], "executable": path}


def stable_abis(facts: Facts) -> dict[str, dict[str, bool]]:
    """Return for abi3 and abi3t whether installers take such a wheel, and importers such a file.

    The two differ: 3.13t and 3.14t list ``.abi3.so`` among their suffixes, but their objects have
    another layout, so that a file which lies there is imported and fails.
    """
    one = parse(facts["python"])
    tags = {tag.abi for tag in one.ranks(["any"])}
    files = {suffix.split(".")[1].split("-")[0] for suffix in facts["suffixes"]}
    if "pyd" in files:  # Windows has no name of its own for a stable ABI's file
        files |= {"abi3", "abi3t"}
    if one.version < _ABI3T_SINCE:
        tags.discard("abi3t")  # packaging accepts it before there was any
        files.discard("abi3t")
    return {stable: {"wheel": stable in tags, "file": stable in files} for stable in ("abi3", "abi3t")}


def our_build(python: str) -> dict[str, Any]:
    """Return what ``pip install .`` does with this CPython: a row of the table, or a refusal."""
    table = rows.rows(ROOT / "pyproject.toml")
    if sentence := rows.refusal(PROJECT, "cpython", python, table):
        return {"refused": sentence}
    row = rows.row_for(python, table)
    # Without a stable ABI there, PyO3 ignores the feature: the wheel's tag does not have it.
    features = extension.features(python) if "abi3" in row["tag"] else []
    variables = [f"{name}={value}" for name, value in row["env"].items()]
    return {"wheel": row["tag"], "pyo3": locked("pyo3"), "features": features, "env": variables}


def locked(crate: str) -> str:
    """Return the version of ``crate`` in Cargo.lock."""
    return next(str(package["version"]) for package in cargo_lock() if package["name"] == crate)


def described(facts: Facts) -> Facts:
    """Return everything that is said of one interpreter."""
    one = parse(facts["python"])
    return {
        **facts,
        "pyo3": [
            {"series": names, "builds": found.word, "why": found.why, "forced_by": found.hatch}
            for names, found in releases.spans(one.version, free_threaded=one.free_threaded)
        ],
        "pyo3_builds": releases.built_by(one.version, free_threaded=one.free_threaded),
        "stable_abi": stable_abis(facts),
        "our_build": our_build(one.name),
    }


def show(seen: Facts, console: Console) -> None:
    """Print what ``described`` returned of one interpreter."""
    kind = "free-threaded" if seen["free_threaded"] else "standard"
    console.print(f"CPython {seen['version']}, {kind} build (Py_GIL_DISABLED is {seen['gil_disabled']})")
    console.print(seen["executable"], soft_wrap=True)
    lines = _grid("PyO3", "builds", "because")
    for row in seen["pyo3"]:
        forced = f"; {row['forced_by']}=1 forces it" if row["forced_by"] else ""
        lines.add_row(row["series"], row["builds"], row["why"] + forced)
    stable = _grid("stable ABI", "wheel", "file", "that means")
    for abi, can in seen["stable_abi"].items():
        meaning = _MEANING[can["wheel"], can["file"], seen["free_threaded"]]
        stable.add_row(abi, *("yes" if can[what] else "no" for what in ("wheel", "file")), meaning)
    ours = _grid("our build", "")
    for what, value in seen["our_build"].items():
        if value:
            ours.add_row(what, value if isinstance(value, str) else ", ".join(value))
    for part in (lines, stable, ours):
        console.print()
        console.print(part)


_MEANING = {
    **{(True, True, either): "installed and imported" for either in (True, False)},
    **{(False, False, either): "neither installed nor found" for either in (True, False)},
    **{(True, False, either): "installed, but a file named for it is not found" for either in (True, False)},
    (False, True, True): "refused by installers; a stray file is imported and fails (other object layout)",
    (False, True, False): "imported, but the wheel's tag has to say abi3 as well (abi3.abi3t)",
}
"""What a stable ABI's wheel and file meet, on a free-threaded build or not."""


def compare(seen: Sequence[Facts], console: Console) -> None:
    """Print one table of what ``described`` returned, a row an interpreter."""
    rows = _grid("Python", "PyO3", "if forced", "stable ABI", "our wheel")
    for row in seen:
        forced = ", ".join(span["series"] for span in row["pyo3"] if span["forced_by"])
        stable = " ".join(abi for abi, can in row["stable_abi"].items() if can["wheel"])
        wheel = row["our_build"].get("wheel", "refused") + " !" * bool(row["our_build"].get("env"))
        rows.add_row(row["python"], row["pyo3_builds"], forced, stable or "none", wheel)
    console.print(rows)
    console.print("! forced by a variable in the table. All about one: `-- pyo3 --python NAME`.")


def _grid(*headings: str) -> Grid:
    empty = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        empty.add_column(heading, no_wrap=heading not in {"because", "that means", ""})
    return empty


def main(words: Sequence[str]) -> None:
    """Print what the command line asks for; raises UserError."""
    parser = arguments.parser()
    parser.add_argument("--python", action="append")
    options = arguments.read(parser, words, _USAGE)
    seen = [described(ask(python)) for python in options.python or repository.table().interpreters]
    console = terminal.console(_WIDTH)
    if options.python:
        for one in seen:
            show(one, console)
    else:
        compare(seen, console)
