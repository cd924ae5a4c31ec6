"""The interpreters of this machine: where they are, and whether they are what they are found as."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abi_matrix.base.errors import LYING_INTERPRETER, InputError
from abi_matrix.base.processes import PATIENCE, last_line, run
from abi_matrix.interpreters.search import search

if TYPE_CHECKING:
    from collections.abc import Iterable
    from subprocess import CompletedProcess

    from abi_matrix.interpreters.names import Interpreter

_PROBE = Path(__file__).with_name("probe.py")


def find(interpreter: Interpreter) -> Path | None:
    """Return the file of an interpreter that this machine has (PATH, pyenv, uv's folder), or None.

    Raises InputError if what is found by that name is another one.
    """
    kind = "cpython" if interpreter.is_cpython else interpreter.name.partition("3")[0]
    wanted = f"{kind} {'.'.join(map(str, interpreter.version))}{'t' * interpreter.free_threaded}"
    found = search(wanted.replace(" ", ""))
    if found is None or not found.system_executable:
        return None
    file = Path(found.system_executable)
    said, result = probe(file)
    if said:
        minor = said[0]["version"].rpartition(".")[0]
        truth = f"is {said[0]['implementation']} {minor}{'t' * said[0]['free_threaded']}"
    else:
        truth = f"does not run ({last_line(result)})"
    if truth != f"is {wanted}":
        raise InputError(
            LYING_INTERPRETER,
            f"{file} passes for {interpreter.name}, but {truth}: put the right one first on PATH.",
        )
    # PyPy has another ABI in each of its own versions, which no name that one can search for says.
    other = not interpreter.is_cpython and not said[0]["soabi"].replace("-", "_").startswith(interpreter.abi)
    return None if other else file


def probe(
    executable: Path, modules: Iterable[str] = (), patience: float = PATIENCE
) -> tuple[list[dict[str, Any]], CompletedProcess[str]]:
    """Run probe.py in an interpreter; return what it wrote, a line each, and how the process ended.

    The first line describes the interpreter; there is none if that does not even start.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer")
        answer.touch()
        # -I: neither the folder nor the environment adds modules.
        result = run(executable, "-I", _PROBE, answer, *modules, cwd=folder, patience=patience)
        lines = answer.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines], result
