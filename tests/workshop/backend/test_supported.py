"""Which interpreters the build backend takes; its hooks are run in tests/build."""

import pytest

from build_backend import gil_supported
from matrix import table
from matrix.table import ROOT

ROWS = gil_supported.rows(ROOT / "pyproject.toml")


def test_every_interpreter_of_the_table_is_taken():
    for wheel in table.load().wheels:
        for python in wheel.serves:
            assert gil_supported.refusal("cpython", python, ROWS) is None
            assert gil_supported.row_for(python, ROWS)["tag"] == wheel.tag


@pytest.mark.parametrize("python", ["3.9", "3.10", "3.12t"])
def test_an_interpreter_too_old_is_told_which_to_use(python):
    sentence = gil_supported.refusal("cpython", python, ROWS)
    assert sentence.startswith(f"gil-demo is not built with Python {python}: use one of 3.11, 3.12, ")
    assert sentence.endswith("for example with `uv venv --python 3.11`.")


@pytest.mark.parametrize("python", ["3.16", "3.16t", "4.0"])
def test_an_interpreter_too_new_is_told_of_the_wheel(python):
    sentence = gil_supported.refusal("cpython", python, ROWS)
    assert f"Python {python}, which is newer than all that it is tested on: install its wheel" in sentence
    assert "cp315-abi3.abi3t" in sentence
    assert sentence.endswith(f"run `nox -s test-{python}`.")


def test_another_implementation_is_refused_by_name():
    sentence = gil_supported.refusal("pypy", "3.11", ROWS)
    assert sentence.startswith("gil-demo is not built with Python pypy 3.11: use one of 3.11")


def test_the_running_interpreter_is_named_as_in_the_table(monkeypatch):
    monkeypatch.setattr(gil_supported.sys, "version_info", (3, 16, 0, "alpha", 2))
    monkeypatch.setattr(gil_supported.sysconfig, "get_config_var", {"Py_GIL_DISABLED": 1}.get)
    assert gil_supported.this_python() == "3.16t"
