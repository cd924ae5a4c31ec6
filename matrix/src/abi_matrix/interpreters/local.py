"""The interpreters of this machine: where they are, and whether they are what they are found as."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any

from python_discovery import DiskCache, get_interpreter

from abi_matrix.base import cache
from abi_matrix.base.commands import PATIENCE, last_line, plain_environment, run
from abi_matrix.base.errors import LYING_INTERPRETER, InputError
from abi_matrix.interpreters.search_path import search_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from python_discovery import PythonInfo

    from abi_matrix.interpreters.names import Interpreter

_PROBE = Path(__file__).with_name("probe.py")
_CANNOT_RUN = 126  # the status that shells give such a file


def search(python: str) -> PythonInfo | None:
    """Return the interpreter of this machine that is called ``python``, or None.

    The search is nox's own (python-discovery: PATH, then uv's folder) and pyenv's folders; each candidate is
    started and asked for its version, implementation and build, so a wrong one in the right place is no
    match.
    """
    store = DiskCache(root=cache.folder("python-discovery"))
    environment = {**os.environ, "PATH": search_path()}
    found = get_interpreter(
        python if python[0].isalpha() else f"cpython{python}", cache=store, env=environment
    )
    return found if found and found.system_executable else None  # one that does not know its file is no use


def find(interpreter: Interpreter) -> Path | None:
    """Return the file of an interpreter that this machine has (PATH, pyenv, uv's folder), or None.

    Raises InputError if what is found by that name is another one.
    """
    found = search(interpreter.build.replace(" ", ""))
    if found is None:
        return None
    file = Path(str(found.system_executable))
    said, result = probe(file)
    truth = f"is {build(said[0])}" if said else f"does not run ({last_line(result)})"
    if truth != f"is {interpreter.build}":
        raise InputError(
            LYING_INTERPRETER,
            f"{file} passes for {interpreter.name}, but {truth}: put the right one first on PATH.",
        )
    # PyPy has another ABI in each of its own versions, which no name that one can search for says.
    other = not interpreter.is_cpython and not said[0]["soabi"].replace("-", "_").startswith(interpreter.abi)
    return None if other else file


def build(facts: Mapping[str, Any]) -> str:
    """Return what an interpreter is by its own facts, spelled as `Interpreter.build`: ``cpython 3.14t``."""
    minor = facts["version"].rpartition(".")[0]
    return f"{facts['implementation']} {minor}{'t' * facts['free_threaded']}"


def probe(
    executable: Path,
    modules: Iterable[str] = (),
    patience: float = PATIENCE,
    env: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, Any]], CompletedProcess[str]]:
    """Run probe.py in an interpreter; return what it wrote, a line each, and how the process ended.

    The first line describes the interpreter; there is none if that does not even start. Without ``env``
    neither the folder nor the environment adds modules.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer")
        answer.touch()
        command = (executable, *(() if env else ("-I",)), _PROBE, answer, *modules)
        try:
            result = run(*command, cwd=folder, deadline=patience, env=env or plain_environment())
        except OSError as error:  # it is no program for this system
            return [], CompletedProcess(command, _CANNOT_RUN, "", str(error.strerror))
        lines = answer.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")], result
