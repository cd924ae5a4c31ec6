"""abi-matrix's own tests on Windows' Python, as far as they need neither a compiler nor uv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.testing import results
from workshop.repository import ROOT
from workshop.windows import runs

if TYPE_CHECKING:
    from pathlib import Path

    from workshop.windows.chroot import Chroot

NAME = "abi-matrix"
SESSION = f"{runs.KIND}-{NAME}"
_GROUPS = ("test", "workshop", "build")
# A user's folder may be called so; what the tests write is in there. Outside of this repository, whose
# pyproject.toml the runs of pytest that they start would find.
_FOLDER = "Z:/tmp/Straße 7, für alles"

_NO_UV = "uv makes environments with a launcher that these builds of CPython lack, and installs none without"
LEFT_OUT = {
    "building/test_wheels.py": "there is no compiler for Windows beside this Python",
    "provisioning/test_environments.py": _NO_UV,
    "starting/test_init.py::test_after_maturin_new_nox_lists_the_sessions": "maturin is no command here",
    "test_cli.py::test_a_folder_may_lie_deeper_than_windows_once_allowed": (
        "Wine's GetFinalPathNameByHandle, by which Python resolves a path, fails above 260 characters"
    ),
    "test_choice.py::test_uv_takes": _NO_UV,
    "test_choice.py::test_an_sdist_is_taken": _NO_UV,
    "test_proof.py": _NO_UV,
    "testing/test_identity.py": _NO_UV,
    "testing/test_runs.py": "pytest is no command here, only a module",
}
"""What cannot run there, and why: node ids below matrix/tests, or how they begin."""


def suite(chroot: Chroot, python: str, cpython: Path) -> runs.Suite:
    """Return the tests of matrix/ on one Python, under the locale's encoding as Windows has it."""
    installed = runs.install(chroot, python, cpython, (), _GROUPS)
    left = results.fresh(ROOT, SESSION)
    command = installed.command(
        "-m", "pytest", "--quiet",
        f"--rootdir={runs.there(str(ROOT / 'matrix'))}",
        f"--junit-xml={runs.there(str(left / SESSION))}.xml",
        f"--basetemp={_FOLDER}",
        *(f"--deselect=tests/{node}" for node in LEFT_OUT),
        runs.there(str(ROOT / "matrix" / "tests")),
        env={"PYTHONPATH": runs.there(str(ROOT / "matrix" / "src")), "PYTHONUTF8": "0"},
    )  # fmt: skip
    return runs.Suite(NAME, command)
