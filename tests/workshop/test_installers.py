import sys
from types import SimpleNamespace

import pytest

from abi_matrix.base.errors import UserError
from workshop import installers


def test_an_environments_interpreter_is_where_its_system_has_it(tmp_path, monkeypatch):
    assert installers.fresh(sys.executable, tmp_path / "venv") == installers.python_of(tmp_path / "venv")
    monkeypatch.setattr(installers, "os", SimpleNamespace(name="nt"))
    assert installers.python_of(tmp_path) == tmp_path / "Scripts" / "python"


def test_run_and_fresh_make_an_interpreter_of_their_own(tmp_path):
    python = installers.fresh(sys.executable, tmp_path / "venv")
    result = installers.run(python, "-c", "import sys; print(sys.prefix)", cwd=tmp_path)
    assert result.stdout.strip() == str(tmp_path / "venv")


def test_no_such_interpreter_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"^uv could not make an environment with /no/such/python: "):
        installers.fresh("/no/such/python", tmp_path / "venv")
