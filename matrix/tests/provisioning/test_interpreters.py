import json
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import builds
import pytest
import tables
from programs import program

from abi_matrix.base import cache
from abi_matrix.base.errors import UserError
from abi_matrix.provisioning import compilation, interpreters, uv

TABLE = tables.table(None)


def packed(folder, says):
    """Pack an interpreter that says one word, as uv's downloads are packed; uv looks at the other file."""
    script = program(folder / "script", f"echo {says}")
    (folder / "data").write_text(builds.SYSCONFIG.replace(r"\n", "\n"), encoding="utf-8")
    with tarfile.open(folder / "packed.tar.gz", "w:gz") as archive:
        archive.add(script, "python/bin/python3.14t")
        archive.add(folder / "data", "python/lib/python3.14t/_sysconfigdata_t_linux_.py")
    return folder / "packed.tar.gz"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Make a machine with nothing in its folders, where whatever is there counts as the 3.14t."""
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_OFFLINE", "1")

    def find(python):
        found = [*tmp_path.glob("path/*"), *tmp_path.glob("uv/cpython-*/bin/python3.14t")]
        return SimpleNamespace(system_executable=str(found[0])) if found else None

    monkeypatch.setattr(interpreters, "search", find)
    return tmp_path


def says(found):
    return subprocess.run([found.system_executable], capture_output=True, text=True, check=True).stdout


def put(machine):
    (machine / "path").mkdir()
    program(machine / "path" / "python3.14t", "echo there")


def test_what_is_there_is_used(machine):
    put(machine)
    assert says(interpreters.provide("3.14t", TABLE)) == "there\n"
    assert not (machine / "uv").exists()


def test_another_run_may_have_provided_it_meanwhile(machine, capsys):
    with ThreadPoolExecutor() as pool:
        with cache.lock("interpreters"):
            providing = pool.submit(interpreters.provide, "3.14t", TABLE)
            while "waiting for it" not in capsys.readouterr().out:
                time.sleep(0.001)
            put(machine)
        assert says(providing.result()) == "there\n"
    assert not (machine / "uv").exists()


def test_else_uv_downloads_it_and_nothing_is_built(machine, monkeypatch, cache_folder):
    known = uv.platform_of("3.14t")
    listed = uv.entry(known, packed(machine, "downloaded"), TABLE.source_for("3.14t"))
    (machine / "list.json").write_text(json.dumps(listed), encoding="utf-8")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(machine / "list.json"))
    assert says(interpreters.provide("3.14t", TABLE)) == "downloaded\n"
    assert not (cache_folder / "packed").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="sources are built on Linux only")
def test_else_it_is_built_and_installed_by_uv(machine, monkeypatch, capsys):
    monkeypatch.setattr(compilation, "missing_packages", list)
    sources = builds.sources(TABLE.source_for("3.14t").version, python="echo built")
    pinned = replace(TABLE, sources={**TABLE.sources, "3.14": sources})
    assert says(interpreters.provide("3.14t", pinned)) == "built\n"
    assert "3.14t: uv could not download it (" in capsys.readouterr().out


def test_a_wrong_build_in_its_place_is_told(machine, monkeypatch):
    monkeypatch.setattr(interpreters, "search", lambda python: None)
    monkeypatch.setattr(uv, "install", lambda python: None)
    with pytest.raises(UserError, match=r"is not a 3\.14t: remove it with `uv python uninstall 3\.14t`"):
        interpreters.provide("3.14t", TABLE)


def test_without_pinned_sources_it_says_where_to_pin_them(machine):
    with pytest.raises(UserError, match=r"add a row to \[tool\.abi-matrix\.sources\]"):
        interpreters.provide("3.98", TABLE)


def test_find_asks_the_interpreter_and_not_its_name(tmp_path, monkeypatch):
    impostor = tmp_path / "bin" / "python3.14t"
    impostor.parent.mkdir()
    program(impostor, f'exec "{sys.executable}" "$@"')
    monkeypatch.setenv("PATH", str(impostor.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    assert interpreters.search("3.14t") is None


def test_find_finds_the_interpreter_that_runs_this():
    here = "{}.{}".format(*sys.version_info)
    assert interpreters.search(here).version_info[:2] == sys.version_info[:2]
