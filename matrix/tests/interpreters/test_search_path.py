import os

from abi_matrix.interpreters.search_path import search_path


def test_pyenvs_versions_are_appended_once(tmp_path, monkeypatch):
    versions = [tmp_path / "versions" / name / "bin" for name in ("3.12.1", "3.13.0")]
    for folder in versions:
        folder.mkdir(parents=True)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", os.pathsep.join(["/first", str(versions[1])]))
    assert search_path().split(os.pathsep) == ["/first", str(versions[1]), str(versions[0])]
