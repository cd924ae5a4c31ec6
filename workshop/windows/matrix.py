"""abi-matrix's own tests on Windows' Python, as far as they need neither a compiler nor Linux."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from abi_matrix.base import cache
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say, step
from abi_matrix.testing import results
from workshop.repository import ROOT
from workshop.windows import runs

if TYPE_CHECKING:
    from pathlib import Path

    from workshop.windows.tree import Tree

SESSION = f"{runs.KIND}-abi-matrix"
_GROUPS = ("test", "workshop", "build")
# A user's folder may be called so; the tests' own are in there.
_FOLDER = "Straße 7, für alles"


def test(tree: Tree, python: str, cpython: Path) -> None:
    """Run the tests of matrix/; raises UserError if one fails."""
    installed = runs.install(tree, python, cpython, (), _GROUPS)
    left = results.fresh(ROOT, SESSION)
    command = installed.command(
        "-m", "pytest", "--verbose", "--timeout=40",
        f"--rootdir={runs.there(str(ROOT / 'matrix'))}",
        f"--junit-xml={runs.there(str(left / SESSION))}.xml",
        f"--basetemp={runs.there(str(installed.work / _FOLDER))}",
        runs.there(str(ROOT / "matrix" / "tests")),
        env={"PYTHONPATH": runs.there(str(ROOT / "matrix" / "src")), "PYTHONUTF8": "0"},
    )  # fmt: skip
    log = cache.folder("logs") / "windows-pytest-abi-matrix.log"
    with step(f"pytest of matrix/ under Wine, {python}"), log.open("wb") as output:
        status = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
    if status:
        say(log.read_text(encoding="utf-8", errors="replace"))
        raise UserError("The tests of matrix/ failed on Windows' Python; pytest's output is above.")
