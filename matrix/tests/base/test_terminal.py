import io
import sys

import pytest
from rich.table import Column

from abi_matrix.base import terminal


def test_a_log_gets_the_width_that_is_asked_for(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("FORCE_COLOR", "")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert terminal.console(99).width == 99


def test_a_terminal_has_its_own(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("FORCE_COLOR", "1")
    # rich leaves out the last column of an old console of Windows, which breaks a line that fills it.
    assert terminal.console(99).width == (19 if sys.platform == "win32" else 20)


@pytest.mark.parametrize("column", ["second", Column("second", overflow="fold")])
def test_show_prints_every_cell(column, capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    terminal.show("Title", ["first", column], [["a", "b" * 100], ["c", "d"]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].strip() == "Title"
    assert any("a" in line and "b" * 100 in line for line in lines)
    assert any("c" in line and "d" in line for line in lines)
