"""What `nox -s windows` does, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.base import cache
from abi_matrix.base.progress import say
from abi_matrix.testing import report, results
from workshop.repository import ROOT
from workshop.testing import completeness, skips
from workshop.windows import chroot, cpython, matrix, runs, rust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi_matrix.provisioning.environments import Environment


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
        left = results.fresh(ROOT, runs.session("rust"))
        rust.test(installed[0].chroot, row.built_with, runs.WINE, left)
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
    total = report.of_session(ROOT, runs.session("rust")) + report.show_interpreters(selected, runs.KIND)
    if not arguments:
        ours = report.of_session(ROOT, matrix.SESSION)
        say(f"abi-matrix on Windows' {selected.interpreters[-1]}: {ours}; left out:")
        for reason, nodes in matrix.LEFT_OUT.items():
            say(f"  {reason} ({len(nodes)})")
        total += ours
    left_by = {suite.name: results.folder(ROOT) / runs.session(suite.name) for suite in suites}
    for line in skips.told(left_by):
        say(line)
    say(f"On Windows' Python under Wine: {total}")
