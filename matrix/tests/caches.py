"""A fixture of every test, here and in tests/workshop: a cache of its own."""

import platformdirs
import pytest


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    """Keep every test, and the processes that it starts, away from the real cache."""
    for variable in ("XDG_CACHE_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):  # Windows knows only the latter
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
    monkeypatch.delenv("UV_OFFLINE", raising=False)
    folder = platformdirs.user_cache_path("abi-matrix")
    assert tmp_path in folder.parents
    return folder
