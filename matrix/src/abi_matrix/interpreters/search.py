"""The one search for interpreters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from python_discovery import DiskCache, get_interpreter

from abi_matrix.base import cache
from abi_matrix.interpreters.search_path import search_path

if TYPE_CHECKING:
    from python_discovery import PythonInfo


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
