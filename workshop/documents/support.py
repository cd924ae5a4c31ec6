"""docs/support.md: which wheel is for whom, how far it is supported, and what has been tested where.

``uv run --only-group workshop python -m workshop.documents.support`` writes the page.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi_matrix.config import rows
from abi_matrix.interpreters.names import parse
from workshop import repository
from workshop.documents.trials import TRIED
from workshop.pyo3.releases import SERIES, verdict
from workshop.release.configurations import FILES, RUNNERS, group_of, identifiers
from workshop.release.wheelhouse import PLATFORMS
from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abi_matrix.config.table import Row, Table

PAGE = ROOT / "docs" / "support.md"


@dataclass(frozen=True)
class Run:
    """A run that has built and tested all wheels of a platform."""

    by: str
    """What ran, as can be said after "tested"."""
    pythons: tuple[str, ...]
    """The versions of CPython that it tested on, as they call themselves, and `t` for free-threaded ones."""


TESTED = {
    "manylinux_x86_64": Run(
        "by `nox -s wheels`, in an image of this project's own, and by"
        " `nox -s check-wheels`; never in the official images",
        ("3.11.7", "3.12.1", "3.13.0", "3.14.7", "3.15.0rc2", "3.13.15t", "3.14.7t", "3.15.0rc2t"),
    )
}
"""The platforms whose wheels a run has tested, and which. Change one when its run has passed, not before."""

_HEAD = """\
# What is supported

Supported is what a run has tested, on CPython only. A platform counts when its wheels have been built
and tested on it, not when a workflow says how. What best effort means says
the [README](../README.md#interpreters-and-wheels).

<!-- Written by `python -m workshop.documents.support` from pyproject.toml and what agrees with it. -->
"""
_EACH = "Each run tested the versions of CPython that its machine had. It says nothing of others:"


def page(table: Table, tested: Mapping[str, Run] = TESTED) -> str:
    """Return what docs/support.md should be; ``tested`` says by platform which run has tested it."""
    return "\n".join(
        [_HEAD, *_wheels(table), "", *_platforms(tested), *_versions(tested), *_unproven(tested), ""]
    )


def pyo3() -> str:
    """Return the version of PyO3 that Cargo.toml asks for."""
    return str(rows.read(ROOT / "Cargo.toml")["dependencies"]["pyo3"])


def status(wheel: Row) -> str:
    """Return how far ``wheel`` is supported, wherever a run has tested it.

    What PyO3 does not support is best effort.
    """
    reservations = []
    for python in wheel.serves:
        one = parse(python)
        found = verdict(SERIES[-1], one.version, free_threaded=one.free_threaded)
        if found.why:
            reservations.append(f"{python}: best effort (PyO3 {found.why})")
    return "; ".join(reservations) or "supported"


def _wheels(table: Table) -> list[str]:
    groups = repository.pyproject()["dependency-groups"]
    lines = [
        "## Wheels",
        "",
        "| wheel | serves | PyO3 | built by | which tests it on | status, where tested |",
        "|---|---|---|---|---|---|",
    ]
    for wheel in table.rows:
        (cibuildwheel,) = groups[group_of(wheel)]
        cells = (
            f"`{wheel.tag}`",
            ", ".join(wheel.serves),
            pyo3(),
            f"`{cibuildwheel}`, with `{FILES[group_of(wheel)]}`",
            ", ".join(identifiers(wheel)),
            status(wheel),
        )
        lines.append(f"| {' | '.join(cells)} |")
    elsewhere = [python for row in table.rows for python in row.serves if python not in identifiers(row)]
    if elsewhere:
        where = f"On {', '.join(elsewhere)} cibuildwheel tests nothing: `nox -s check-wheels` does, on the"
        lines += ["", f"{where} platform that it runs on."]
    return lines


def _platforms(tested: Mapping[str, Run]) -> list[str]:
    lines = [
        "## Platforms",
        "",
        "A release has every wheel for each of these platforms.",
        "",
        "| platform | GitHub's runner | what was done |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{platform}` | `{runner}` | {_done(platform, tested)} |"
        for runner, platforms in RUNNERS.items()
        for platform in platforms
    ]
    if set(PLATFORMS) - tested.keys():
        lines += [
            "",
            "**Where wheels were not run for real, nothing is supported yet**: what is to build and test",
            "them, `.github/workflows/wheels.yml`, has not run on GitHub.",
        ]
    return lines


def _done(platform: str, tested: Mapping[str, Run]) -> str:
    if platform in tested:
        return f"run for real, {tested[platform].by}"
    return TRIED[platform].how if platform in TRIED else "nothing"


def _versions(tested: Mapping[str, Run]) -> list[str]:
    """Return which versions each run tested, whatever has been released since."""
    if not tested:
        return []
    lines = [
        "",
        "## Versions",
        "",
        _EACH,
        "",
    ]
    for platform, run in tested.items():
        standard = ", ".join(python for python in run.pythons if not python.endswith("t"))
        others = ", ".join(python.removesuffix("t") for python in run.pythons if python.endswith("t"))
        line = f"- `{platform}`: CPython {standard}; free-threaded {others}."
        lines += textwrap.wrap(line, 110, subsequent_indent="  ", break_long_words=False)
    return lines


def _unproven(tested: Mapping[str, Run]) -> list[str]:
    """Return what is still to be shown of the platforms that were tried otherwise than for real."""
    lines = []
    for platform, trial in TRIED.items():
        if platform not in tested:
            lines += ["", f"## What is unproven on `{platform}`", "", *trial.unproven.splitlines()]
    return lines


if __name__ == "__main__":
    PAGE.write_text(page(repository.announced()), encoding="utf-8", newline="\n")
