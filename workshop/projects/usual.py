"""The usual way: for every interpreter a new environment, `pip install .` with isolation, and pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import commands as programs
from abi_matrix.base import venvs
from abi_matrix.base.progress import step
from workshop.projects import measuring
from workshop.projects.measuring import Cost
from workshop.projects.outcomes import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def fetch(executables: dict[str, str], requirements: Sequence[str], folder: Path) -> None:
    """Let pip and uv fetch the ``requirements`` for every interpreter, so that no measured run waits for it.

    Nothing depends on it: what cannot be had fails where it is needed.
    """
    env = measuring.environment()
    for python, executable in executables.items():
        with step(f"fetching what building and testing need on {python}"):
            programs.run(*_new_environment(executable, folder / python), env=env)
            inside = venvs.scripts(folder / python) / "python"
            options = ("--dry-run", "--ignore-installed")  # pip keeps what it has fetched
            programs.run(inside, "-m", "pip", "install", *options, *requirements, env=env)
            programs.run(find_uv_bin(), "pip", "install", f"--python={inside}", *requirements, env=env)


def test(
    what: str, project: Path, executables: dict[str, str], needs: Sequence[str], folders: Sequence[str]
) -> Run:
    """Build and test a project on every interpreter, one after the other.

    The tests are in ``folders``, and need the requirements ``needs``.
    """
    failed, cost, tests = {}, Cost(), Cost()
    for python, executable in executables.items():
        venv = project.parent / f"venv-{python}"
        inside = venvs.scripts(venv) / "python"
        commands: dict[str, tuple[str | Path, ...]] = {
            "environment": _new_environment(executable, venv),
            "pip install": (inside, "-m", "pip", "install", ".", *needs),
            "pytest": (inside.with_name("pytest"), *folders),
        }
        for name, command in commands.items():
            ended = measuring.timed(f"{what}, {python}, {name}", *command, cwd=project, tools=inside.parent)
            cost += ended.cost
            if name == "pytest":
                tests += ended.cost
            if ended.status:
                failed[python] = ended.reason
                break
    return Run(cost, failed, tests)


def _new_environment(executable: str, folder: Path) -> tuple[str | Path, ...]:
    # Not `python -m venv`: an interpreter that was built without ensurepip has no pip to give.
    options = ("--quiet", "--no-project", "--seed", "--clear", f"--python={executable}")
    return find_uv_bin(), "venv", *options, folder
