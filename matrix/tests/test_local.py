import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from programs import program

from abi_matrix.base.errors import LYING_INTERPRETER, InputError
from abi_matrix.config import rows
from abi_matrix.interpreters import local, names

HERE = rows.this_python()


@pytest.fixture
def found(monkeypatch):
    """Let every search end at this file."""

    def as_(file):
        monkeypatch.setattr(local, "search", lambda name: SimpleNamespace(system_executable=file))

    return as_


def test_an_interpreter_that_is_what_it_is_found_as(found):
    found(sys.executable)
    assert local.find(names.parse(HERE)) == Path(sys.executable)


@pytest.mark.parametrize("name", ["3.9", "3.14t" if HERE != "3.14t" else "3.14", "pypy3.11"])
def test_an_interpreter_that_is_another_one_lies(found, name):
    found(sys.executable)
    with pytest.raises(
        InputError, match=rf"{LYING_INTERPRETER} .* passes for {name}.*, but is cpython {HERE}: "
    ):
        local.find(names.parse(name))


def test_what_is_no_program_lies_too(found, tmp_path):
    file = tmp_path / "python.exe"
    file.write_bytes(b"\0" * 100)
    file.chmod(0o755)
    found(str(file))
    with pytest.raises(
        InputError, match=rf"{LYING_INTERPRETER} .* but does not run \(.+\): put the right one"
    ):
        local.find(names.parse(HERE))


def test_what_does_not_run_lies_too(found, tmp_path):
    found(str(program(tmp_path / "python", "echo I am broken >&2\nexit 1")))
    with pytest.raises(InputError, match=rf"{LYING_INTERPRETER} .* but does not run \(I am broken\): "):
        local.find(names.parse(HERE))


@pytest.mark.parametrize(("abi", "is_it"), [("pypy311-pp80-x86_64-linux-gnu", True), ("pypy311-pp73", False)])
def test_a_pypy_of_another_abi_is_not_the_one(found, monkeypatch, abi, is_it):
    found("pypy")
    facts = {"implementation": "pypy", "version": "3.11.17", "free_threaded": False, "soabi": abi}
    monkeypatch.setattr(local, "probe", lambda file: ([facts], None))
    assert local.find(names.parse("pypy3.11-pp80")) == (Path("pypy") if is_it else None)


def test_what_is_not_there_is_none(monkeypatch):
    monkeypatch.setattr(local, "search", lambda name: None)
    assert local.find(names.parse("3.14")) is None


def test_an_import_is_told_of_as_it_went(tmp_path):
    (facts, *lines), result = local.probe(Path(sys.executable), ["json", "no_such_module", "antigravity_"])
    assert facts["version"].startswith(HERE.removesuffix("t"))
    assert [line["module"] for line in lines] == ["json", "no_such_module", "antigravity_"]
    assert "error" not in lines[0]
    assert lines[1]["error"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert result.returncode == 0
