"""Where interpreters are looked for. It imports little: every session asks."""

from __future__ import annotations

import os
from pathlib import Path


def search_path() -> str:
    """Return PATH with pyenv's version folders appended.

    pyenv's shims answer only for the versions it has selected; the interpreters behind them are
    sound. Appended, so that nothing already on PATH changes its meaning.
    """
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = sorted(map(str, root.glob("versions/*/bin")))
    known = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join([*known, *(folder for folder in versions if folder not in known)])
