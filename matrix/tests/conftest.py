import itertools

import made
import platformdirs
import pytest

from abi_matrix.checking import matrix
from abi_matrix.interpreters import names
from abi_matrix.wheels.folder import collect


@pytest.fixture
def table(tmp_path):
    """Return a function that makes wheels of these tags, and the matrix of them."""

    numbers = itertools.count()

    def build(*tags, pythons=(), members=None, sdist=False, older=()):
        folder = made.wheels(tmp_path / str(next(numbers)), *tags, members=members)
        made.wheels(folder, *older, named="demo-0.9")
        if sdist:
            made.sdist(folder, "demo-1.0")
        return matrix.build(collect([folder]), [names.parse(python) for python in pythons])

    return build


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    """Keep every test, and the processes that it starts, away from the real cache."""
    for variable in ("XDG_CACHE_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):  # Windows knows only the latter
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
    monkeypatch.delenv("UV_OFFLINE", raising=False)
    folder = platformdirs.user_cache_path("abi-matrix")
    assert tmp_path in folder.parents
    return folder
