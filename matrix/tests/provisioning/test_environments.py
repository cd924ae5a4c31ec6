import sys

import made
import pytest
import tables

from abi_matrix.base import commands
from abi_matrix.base.errors import UserError
from abi_matrix.provisioning.environments import Environment, environment


def facts(session, program):
    return commands.succeed(session.python, "-c", program).strip()


def test_an_environment_is_made_once_and_anew_for_another_interpreter(tmp_path):
    first = environment(tmp_path, "test-x", sys.executable)
    assert first == Environment(tmp_path / ".nox" / "test-x", tmp_path)
    assert facts(first, "import sys; print(sys.prefix)") == str(first.folder)
    (first.folder / "kept").touch()
    environment(tmp_path, "test-x", sys.executable)
    assert (first.folder / "kept").exists()
    (first.folder / "interpreter.txt").write_text("another 1 2", encoding="utf-8")
    environment(tmp_path, "test-x", sys.executable)
    assert not (first.folder / "kept").exists()


def test_what_is_no_interpreter_is_one_sentence(tmp_path):
    (tmp_path / "none").touch()
    with pytest.raises(UserError, match=r"^uv could not make an environment with .*none: "):
        environment(tmp_path, "test-x", str(tmp_path / "none"))


def test_a_wheel_is_installed_whatever_of_its_name_is_there(tmp_path):
    session = environment(tmp_path, "test-x", sys.executable)
    tables.project(tmp_path / "project")
    for text in (b"one = 1", b"two = 2"):
        file = made.wheel(tmp_path / "dist", "demo-1.0-py3-none-any.whl", {"demo/__init__.py": text})
        Environment(session.folder, tmp_path / "project").install(file)
    assert facts(session, "import demo; print(demo.two)") == "2"


def test_processes_see_its_commands_first_and_nothing_of_the_callers_python(tmp_path, monkeypatch):
    session = Environment(tmp_path / "venv", tmp_path)
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "RUST_BACKTRACE", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "1")
    seen = session.variables({"A": "b", "HOME": None})
    assert seen["PATH"].startswith(str(session.scripts))
    assert seen["VIRTUAL_ENV"] == str(session.folder)
    assert seen["A"] == "b"
    assert not {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "RUST_BACKTRACE", "HOME"} & seen.keys()


def test_a_dependency_group_that_is_not_there_is_one_sentence(tmp_path):
    table = tables.project(tmp_path / "project")
    with pytest.raises(UserError, match=r"^There is no dependency group test in pyproject\.toml: add it"):
        Environment(tmp_path / "venv", table.root).sync("test")


def test_what_uv_refuses_is_one_sentence(tmp_path):
    session = environment(tmp_path, "test-x", sys.executable)
    with pytest.raises(UserError, match=r"(?s)^`uv pip install` failed in .*no-such-option"):
        session.add("--no-such-option")
