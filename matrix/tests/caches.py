"""Fixtures of every test, here and in tests/workshop: a cache of its own, and compiled files of all."""

import sys
from pathlib import Path

import platformdirs
import pytest

from abi_matrix.provisioning.environments import Environment


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    """Keep every test, and the processes that it starts, away from the real cache."""
    for variable in ("XDG_CACHE_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):  # Windows knows only the latter
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
    monkeypatch.delenv("UV_OFFLINE", raising=False)
    folder = platformdirs.user_cache_path("abi-matrix")
    assert tmp_path in folder.parents
    return folder


@pytest.fixture(autouse=True)
def compiled_files(monkeypatch):
    """Let processes in the environments of tests find what earlier ones have compiled.

    With a new folder an environment each of them would compile the standard library, pytest or pip anew.
    """
    if sys.pycache_prefix:
        monkeypatch.setattr(Environment, "compiled", Path(sys.pycache_prefix))
