import pytest
import tables

from abi_matrix.config import rows


@pytest.fixture
def table(tmp_path):
    tables.project(tmp_path / "project")
    return rows.rows(tmp_path / "project" / "pyproject.toml")


def test_every_interpreter_of_the_table_is_taken(table):
    for row in tables.ROWS:
        for python in row.serves:
            assert rows.refusal("demo", "cpython", python, table) is None
            assert rows.row_for(python, table)["tag"] == row.tag


@pytest.mark.parametrize("python", ["3.9", "3.10", "3.12t"])
def test_an_interpreter_too_old_is_told_which_to_use(table, python):
    sentence = rows.refusal("demo", "cpython", python, table)
    assert sentence.startswith(f"demo is not built with Python {python}: use one of 3.11, 3.12, ")
    assert sentence.endswith("for example with `uv venv --python 3.11`.")


@pytest.mark.parametrize("python", ["3.16", "3.16t", "4.0"])
def test_an_interpreter_too_new_is_told_of_the_wheel(table, python):
    sentence = rows.refusal("demo", "cpython", python, table)
    assert f"Python {python}, which is newer than all that it is tested on: install its wheel" in sentence
    assert "cp315-abi3.abi3t" in sentence
    assert sentence.endswith(f"run `nox -s test-{python}`.")


def test_another_implementation_is_refused_by_name(table):
    sentence = rows.refusal("demo", "pypy", "3.11", table)
    assert sentence.startswith("demo is not built with Python pypy3.11: use one of 3.11")


def test_the_running_interpreter_is_named_as_in_the_table(monkeypatch):
    monkeypatch.setattr(rows, "version_info", (3, 16, 0, "alpha", 2))
    monkeypatch.setattr(rows.sysconfig, "get_config_var", {"Py_GIL_DISABLED": 1}.get)
    assert rows.this_python() == "3.16t"


def test_a_project_without_a_table_has_no_rows(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert rows.rows(tmp_path / "pyproject.toml") == []
