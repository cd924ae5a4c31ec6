"""What `nox -s windows` does, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.base import cache
from abi_matrix.base.progress import say
from abi_matrix.testing import report, results
from workshop.repository import ROOT
from workshop.testing import completeness, skips
from workshop.windows import chroot, cpython, matrix, runs, rust
from workshop.windows.prefix import WINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi_matrix.config.table import Table
    from abi_matrix.provisioning.environments import Environment

_CRATES = "rust"  # the session of their tests
_REHEARSAL = """\
This is a rehearsal: Wine's kernel32 and C runtime stand in for Windows', and mingw for MSVC.
No free-threaded build and no 3.15 is among these Pythons."""


def run(made: Environment, arguments: Sequence[str]) -> None:
    """Build for Windows and test under Wine; ``arguments`` follow pytest's own.

    Raises UserError if anything is missing or fails.
    """
    made.sync("build")
    with cache.lock("windows"):
        plain = chroot.provide()
        pythons = cpython.provide(plain)
        selected = runs.only_here([*pythons])
        (row,) = selected.rows
        inside = chroot.project(plain)
        wheels = rust.wheels(inside, row, made.scripts)
        installed = [runs.install(inside, python, folder, wheels) for python, folder in pythons.items()]
        left = results.fresh(ROOT, runs.session(_CRATES))
        rust.test(installed[0].chroot, row.built_with, WINE, left)
        rust.clippy(inside, row.built_with)
        suites = [runs.suite(one, wheels[0], selected, arguments) for one in installed]
        if not arguments:
            newest = selected.interpreters[-1]
            suites.append(matrix.suite(inside, newest, pythons[newest]))
        runs.run(suites)
    if not arguments:
        for python in selected.interpreters:
            found = completeness.gaps_of_interpreter(python, runs.session(python), selected, posix=False)
            completeness.require_none(found)
    tell(selected, [suite.name for suite in suites])


def tell(selected: Table, names: Sequence[str]) -> None:
    """Say why tests of the suites of these names did not run, and end in the table and the count of all.

    Raises UserError if a test was skipped without a reason.
    """
    total = report.of_session(ROOT, runs.session(_CRATES))
    if matrix.NAME in names:
        ours = report.of_session(ROOT, matrix.SESSION)
        say(f"abi-matrix on Windows' {selected.interpreters[-1]}: {ours}; left out:")
        for reason, nodes in matrix.LEFT_OUT.items():
            say(f"  {reason} ({len(nodes)})")
        total += ours
    for line in skips.told({name: results.folder(ROOT) / runs.session(name) for name in names}):
        say(line)
    say(_REHEARSAL)
    total += report.show_interpreters(selected, runs.KIND)
    say(f"On Windows' Python under Wine: {total}")
