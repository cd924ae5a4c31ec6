"""With what a release is built: cibuildwheel's two configurations, and GitHub's machines.

tests/workshop/release/test_workflows.py holds the files against these facts and the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.interpreters.names import parse
from abi_matrix.starting import jobs

if TYPE_CHECKING:
    from abi_matrix.config.table import Row

FILES = {"cibuildwheel": "pyproject.toml", "cibuildwheel-3": "cibuildwheel-3.toml"}
"""Dependency groups with a version of cibuildwheel each, and the file that configures it."""

RUNNERS = {
    "ubuntu-latest": ("manylinux_x86_64", "musllinux_x86_64"),
    "ubuntu-24.04-arm": ("manylinux_aarch64", "musllinux_aarch64"),
    "macos-15": ("macosx_arm64",),
    "macos-15-intel": ("macosx_x86_64",),
    "windows-latest": ("win_amd64",),
    "windows-11-arm": ("win_arm64",),
}
"""GitHub's machines, and the platforms, in cibuildwheel's words, whose wheels each of them builds."""


def group_of(wheel: Row) -> str:
    """Return the dependency group of the cibuildwheel that builds ``wheel``."""
    return "cibuildwheel-3" if jobs.cibuildwheel(wheel)[1] == jobs.OLDER else "cibuildwheel"


def identifiers(wheel: Row) -> dict[str, str]:
    """Return cibuildwheel's names, less the platform, for the interpreters it uses for ``wheel``.

    An abi3 wheel is built with the oldest of them and tested on all. abi3t is not known to
    cibuildwheel: it would build the same file with each interpreter, and stop at the second.
    """
    pythons = wheel.serves if wheel.tag.endswith("-abi3") else (wheel.built_with,)
    return {python: parse(python).abi for python in pythons}
