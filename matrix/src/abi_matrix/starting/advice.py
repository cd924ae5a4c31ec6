"""What `init` could not know, and what a person does next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi_matrix.starting.files import Files
    from abi_matrix.starting.project import Project
    from abi_matrix.starting.proposal import Proposal

_GIL_USED_BEFORE = 28  # from PyO3 0.28 on a module leaves the GIL off unless it says otherwise
_ABI3T_FROM = 29


def unknown(project: Project, proposal: Proposal) -> Iterator[str]:
    """Yield what no row is proposed for, and what the files do not say."""
    yield from proposal.left_out
    crate = project.crate
    tags = " ".join(row.tag for row, _ in proposal.rows)
    if not crate.locked:
        asked = crate.requirement or "no version"
        yield f"Which PyO3 is taken: there is no Cargo.lock, and Cargo.toml says {asked}."
    if free := [python for row, _ in proposal.rows for python in row.serves if python.endswith("t")]:
        claimed = any("Free Threading" in one for one in project.classifiers)
        claim = "the classifiers say so" if claimed else "the classifiers do not say so"
        if crate.minor < _GIL_USED_BEFORE:
            claim += f", and with PyO3 {crate.pyo3} a module needs gil_used = false"
        yield f"Whether it runs without a GIL on {' and '.join(free)}: {claim}. Remove these if not."
    if "abi3" not in tags:
        yield "Whether a stable ABI would do: with PyO3's abi3 one wheel serves all standard builds."
    if free and "abi3t" not in tags and crate.minor >= _ABI3T_FROM:
        yield "Whether abi3t would do: with PyO3's abi3t-py315 one wheel serves 3.15, 3.15t and later."
    for name in ("PyPy", "GraalPy"):
        if any(one.endswith(f":: {name}") for one in project.classifiers):
            yield f"Which {name} to build for, which the classifiers name: add a row with its tag."
    yield from _about_the_rest(project)


def _about_the_rest(project: Project) -> Iterator[str]:
    tests = project.tests
    if project.backend not in {"maturin", "setuptools-rust"}:
        yield f"Which tags {project.backend} gives to wheels: the rows are what maturin would make."
    if not tests.folder:
        yield f"How to test it: there are no tests, so the sessions only import {project.module}."
    elif not tests.group and not tests.copied_from:
        yield "What the tests need beside pytest: add it to the dependency group test."


def next_steps(project: Project, planned: Files) -> Iterator[str]:
    """Yield what a person does next, in that order."""
    noxfile = ""
    if other := planned.alone.get("noxfile.py"):
        if other in planned.new:
            noxfile = f" -f {other}"
        else:
            yield "in noxfile.py: from abi_matrix import nox as abi_matrix; abi_matrix.sessions(__file__)"
    if (project.root / "uv.lock").exists() and project.tests.needs:
        yield "uv lock, as there is a new dependency group"
    yield f"nox{noxfile} -l lists the sessions (pip install abi-matrix[nox])"
    yield f"nox{noxfile} builds each wheel once and tests it on each interpreter"
    ours = [name.rpartition("/")[2] for name in planned.new if name.endswith(".yml")]
    for publish in [name for name in ours if name.startswith("publish")]:
        yield f"on PyPI make {publish}, environment pypi, a trusted publisher of {project.name}"
        yield "on GitHub make that environment, best with a required reviewer"
    folder = project.root / ".github" / "workflows"
    if others := [file.name for file in sorted(folder.glob("*.y*ml")) if file.name not in ours]:
        yield f"see whether {' and '.join(others)} did what ours do, publishing above all"
    if not project.requires_python:
        yield "write requires-python: without it any Python gets at least the sdist"
