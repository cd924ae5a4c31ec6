"""docs/support.md: which wheel is for whom, how far it is supported, and what has been tested where.

``uv run --only-group workshop python -m matrix.support`` writes the page.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from packaging.version import Version

from matrix import table as tables
from matrix.pyo3_lines import LINES, verdict
from matrix.table import ROOT, is_free_threaded, minor
from matrix.wheelhouse import PLATFORMS
from matrix.workflows import LINES as CONFIGURATIONS
from matrix.workflows import RUNNERS, identifiers, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matrix.table import Table, Wheel

PAGE = ROOT / "docs" / "support.md"
TESTED = {
    "manylinux_x86_64": (
        "by `nox -s wheels`, in the image that this project builds for rehearsals; never in the official ones"
    )
}
"""The platforms whose wheels a run has tested, and which. Add one when its run has passed, not before."""

_HEAD = """\
# What is supported

Supported is what a run has tested, on CPython only. A platform counts when its wheels have been built
and tested on it, not when a workflow says how. What best effort means says
the [README](../README.md#interpreters-and-wheels).

<!-- Written by `python -m matrix.support` from the table in pyproject.toml and what agrees with it. -->
"""


def page(table: Table, tested: Mapping[str, str] = TESTED) -> str:
    """Return what docs/support.md should be; ``tested`` says by platform which run has tested it."""
    return "\n".join([_HEAD, *_wheels(table), "", *_platforms(tested), ""])


def pyo3() -> str:
    """Return the version of PyO3 that Cargo.toml asks for."""
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    version: str = manifest["dependencies"]["pyo3"]
    return version


def status(wheel: Wheel, table: Table) -> str:
    """Return how far ``wheel`` is supported, wherever a run has tested it.

    What PyO3 does not support is best effort, and an interpreter whose pinned sources are a pre-release
    is called that.
    """
    reservations = []
    for python in wheel.serves:
        found = verdict(LINES[-1], minor(python), free_threaded=is_free_threaded(python))
        if found.why:
            reservations.append(f"{python}: best effort (PyO3 {found.why})")
        pinned = table.sources.get(python.removesuffix("t"))
        if pinned and Version(pinned.version).is_prerelease:
            reservations.append(f"{python}: pre-release ({pinned.version})")
    return "; ".join(reservations) or "supported"


def _wheels(table: Table) -> list[str]:
    groups = tables.pyproject()["dependency-groups"]
    lines = [
        "## Wheels",
        "",
        "| wheel | serves | PyO3 | built by | which tests it on | status, where tested |",
        "|---|---|---|---|---|---|",
    ]
    for wheel in table.wheels:
        (cibuildwheel,) = groups[line_of(wheel)]
        cells = (
            f"`{wheel.tag}`",
            ", ".join(wheel.serves),
            pyo3(),
            f"`{cibuildwheel}`, with `{CONFIGURATIONS[line_of(wheel)]}`",
            ", ".join(identifiers(wheel)),
            status(wheel, table),
        )
        lines.append(f"| {' | '.join(cells)} |")
    elsewhere = [python for row in table.wheels for python in row.serves if python not in identifiers(row)]
    if elsewhere:
        where = f"On {', '.join(elsewhere)} cibuildwheel tests nothing: `nox -s check-wheels` does, on the"
        lines += ["", f"{where} platform that it runs on."]
    return lines


def _platforms(tested: Mapping[str, str]) -> list[str]:
    runners = {platform: runner for runner, platforms in RUNNERS.items() for platform in platforms}
    lines = [
        "## Platforms",
        "",
        "A release has every wheel for each of these platforms.",
        "",
        "| platform | GitHub's runner | tested |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{platform}` | `{runners[platform]}` | {tested.get(platform, 'no')} |" for platform in PLATFORMS
    ]
    if set(PLATFORMS) - tested.keys():
        lines += [
            "",
            "**Where it says no, nothing is supported yet**: `.github/workflows/wheels.yml` is to build and",
            "test these wheels, but has not run on GitHub.",
        ]
    return lines


if __name__ == "__main__":
    PAGE.write_text(page(tables.load()), encoding="utf-8")
