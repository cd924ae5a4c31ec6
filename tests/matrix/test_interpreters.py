import os
import sys
from types import SimpleNamespace

import pytest

from matrix import interpreters, source_build, table, uv
from matrix.errors import UserError
from tests.matrix.programs import program

TABLE = table.load()
THERE = SimpleNamespace(system_executable="there")


@pytest.fixture
def calls(monkeypatch):
    """Record what is done; by default nothing is there and nothing works."""
    log = []

    def note(name, answer=None):
        return lambda *arguments: log.append((name, *arguments[:1])) or answer

    monkeypatch.setattr(uv, "install", note("uv", "no network"))
    monkeypatch.setattr(uv, "install_packed", note("install"))
    monkeypatch.setattr(source_build, "packed", note("build"))
    return log


def found(monkeypatch, *answers):
    remaining = list(answers)
    monkeypatch.setattr(interpreters, "find", lambda python: remaining.pop(0))


def test_what_is_there_is_used(calls, monkeypatch):
    found(monkeypatch, THERE)
    assert interpreters.provide("3.14t", TABLE) is THERE
    assert calls == []


def test_another_run_may_have_provided_it_meanwhile(calls, monkeypatch):
    found(monkeypatch, None, THERE)
    assert interpreters.provide("3.14t", TABLE) is THERE
    assert calls == []


def test_else_uv_downloads_it_and_nothing_is_built(calls, monkeypatch):
    monkeypatch.setattr(uv, "install", lambda python: calls.append(("uv", python)))
    found(monkeypatch, None, None, THERE)
    assert interpreters.provide("3.14t", TABLE) is THERE
    assert calls == [("uv", "3.14t")]


def test_else_it_is_built_and_installed_by_uv(calls, monkeypatch, capsys):
    found(monkeypatch, None, None, THERE)
    assert interpreters.provide("3.14t", TABLE) is THERE
    assert calls == [("uv", "3.14t"), ("build", "3.14t"), ("install", "3.14t")]
    assert "could not download it (no network); building it from source." in capsys.readouterr().out


def test_a_wrong_build_in_its_place_is_told(calls, monkeypatch):
    found(monkeypatch, None, None, None)
    with pytest.raises(
        UserError, match=r"is not a CPython 3\.14t: remove it with `uv python uninstall 3\.14t`"
    ):
        interpreters.provide("3.14t", TABLE)


def test_without_pinned_sources_it_says_where_to_pin_them(calls, monkeypatch):
    found(monkeypatch, None, None)
    with pytest.raises(UserError, match=r"add a row to \[tool\.gil-matrix\.sources\]"):
        interpreters.provide("3.98", TABLE)


def test_executable_is_the_path_and_never_empty(monkeypatch):
    found(monkeypatch, THERE, SimpleNamespace(system_executable=None, executable="/shim"))
    assert interpreters.executable("3.14t", TABLE) == "there"
    with pytest.raises(UserError, match=r"^The 3\.14t at /shim does not .* run `uv python install 3\.14t`"):
        interpreters.executable("3.14t", TABLE)


def test_find_asks_the_interpreter_and_not_its_name(tmp_path, monkeypatch):
    impostor = tmp_path / "bin" / "python3.14t"
    impostor.parent.mkdir()
    program(impostor, f'exec "{sys.executable}" "$@"')
    monkeypatch.setenv("PATH", str(impostor.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    assert interpreters.find("3.14t") is None


def test_find_finds_the_interpreter_that_runs_this():
    here = "{}.{}".format(*sys.version_info)
    assert interpreters.find(here).version_info[:2] == sys.version_info[:2]


def test_search_path_appends_pyenvs_versions_once(tmp_path, monkeypatch):
    versions = [tmp_path / "versions" / name / "bin" for name in ("3.12.1", "3.13.0")]
    for folder in versions:
        folder.mkdir(parents=True)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", os.pathsep.join(["/first", str(versions[1])]))
    assert interpreters.search_path().split(os.pathsep) == ["/first", str(versions[1]), str(versions[0])]
