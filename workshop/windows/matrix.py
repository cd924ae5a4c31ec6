"""abi-matrix's own tests on Windows' Python, as far as they need no environment that uv makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abi_matrix.testing import results
from workshop.repository import ROOT
from workshop.windows import runs

if TYPE_CHECKING:
    from pathlib import Path

    from workshop.windows.chroot import Chroot

NAME = "abi-matrix"
SESSION = runs.session(NAME)
_GROUPS = ("test", "workshop")
# A user's folder may be called so; what the tests write is in there. Outside of this repository, whose
# pyproject.toml the runs of pytest that they start would find.
_FOLDER = "Z:/tmp/Straße 7, für alles"

LEFT_OUT = {
    "uv makes environments with a launcher that these builds of CPython lack, and installs none without": (
        "building/test_wheels.py::test_the_backend_builds_with_the_variables_of_table_and_row",
        "building/test_wheels.py::test_with_cargo_each_abi_has_a_target_folder_and_the_crates_are_counted",
        "building/test_wheels.py::test_a_build_script_that_says_nothing_is_not_run_again",
        "building/test_wheels.py::test_no_rust_is_one_sentence",
        "building/test_wheels.py::test_only_the_old_file_of_this_row_and_project_is_replaced",
        "building/test_wheels.py::test_a_build_that_fails_or_gives_another_wheel_keeps_the_old_file",
        "building/test_wheels.py::test_a_backend_that_does_not_answer_is_one_sentence",
        "building/test_wheels.py::test_what_the_backend_asks_for_is_installed",
        "building/test_wheels.py::test_a_stray_extension_is_named",
        "provisioning/test_environments.py::test_an_environment_is_made_once",
        "provisioning/test_environments.py::test_a_wheel_is_installed_whatever_of_its_name_is_there",
        "provisioning/test_environments.py::test_what_uv_refuses_is_one_sentence",
        "test_choice.py::test_uv_takes_what_is_computed_for_other_platforms",
        "test_choice.py::test_uv_takes_what_is_computed_here",
        "test_choice.py::test_uv_takes_what_is_computed_with_a_free_threaded_interpreter",
        "test_choice.py::test_an_sdist_is_taken",
        "test_proof.py::test_uv_taking_nothing_is_an_answer",
        "test_proof.py::test_the_real_installers_confirm_what_is_computed",
        "test_proof.py::test_what_cannot_be_imported_is_named",
        "test_proof.py::test_dependencies_that_cannot_be_had_leave_the_import_unchecked",
        "testing/test_identity.py::test_a_module_that_cannot_be_loaded_is_told",
        "testing/test_identity.py::test_what_is_as_promised_is_said_and_kept",
        "testing/test_identity.py::test_an_interpreter_that_does_not_run_is_told",
    ),
    "pytest and maturin are no commands here": (
        "starting/test_init.py::test_after_maturin_new_nox_lists_the_sessions",
        "testing/test_runs.py::test_the_tests_run_in_every_lane_as_it_says",
        "testing/test_runs.py::test_a_lane_that_fails_or_tests_nothing_is_told",
    ),
    "Wine's GetFinalPathNameByHandle, by which Python resolves a path, fails above 260 characters": (
        "test_cli.py::test_a_folder_may_lie_deeper_than_windows_once_allowed",
    ),
}
"""What cannot run there, by the reason: node ids below matrix/tests, or how they begin."""


def suite(chroot: Chroot, python: str, cpython: Path) -> runs.Suite:
    """Return the tests of matrix/ on one Python, under the locale's encoding as Windows has it."""
    installed = runs.install(chroot, python, cpython, (), _GROUPS)
    left = results.fresh(ROOT, SESSION)
    command = installed.command(
        "-m", "pytest", "--quiet",
        f"--rootdir={runs.there(str(ROOT / 'matrix'))}",
        f"--junit-xml={runs.there(str(left / SESSION))}.xml",
        f"--basetemp={_FOLDER}",
        *(f"--deselect=tests/{node}" for nodes in LEFT_OUT.values() for node in nodes),
        runs.there(str(ROOT / "matrix" / "tests")),
        env={"PYTHONPATH": runs.there(str(ROOT / "matrix" / "src")), "PYTHONUTF8": "0"},
    )  # fmt: skip
    return runs.Suite(NAME, command)
