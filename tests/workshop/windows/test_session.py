import json
import shutil
from dataclasses import replace

import pytest

from abi_matrix.testing import results
from abi_matrix.testing.lanes import lanes
from matrix.tests.runs import run_pytest
from workshop.windows import matrix, runs, session

TESTS = """
import pytest

def test_it():
    pass

def test_skipped():
    pytest.skip("no fork")
"""
PYTHONS = ["3.11", "3.14"]


@pytest.fixture
def selected(tmp_path, monkeypatch):
    """Return a table of two Pythons; all that the session tests has left the results of the same run."""
    run_pytest(tmp_path / "run", TESTS)
    monkeypatch.setattr(session, "ROOT", tmp_path)
    table = replace(runs.only_here(PYTHONS), root=tmp_path)
    (lane,) = lanes("3.14", table)
    for name in (*PYTHONS, "rust", matrix.NAME):
        left = results.fresh(tmp_path, runs.session(name))
        file = lane.name if name in PYTHONS else runs.session(name)
        shutil.copy(tmp_path / "run" / "results.xml", left / f"{file}.xml")
        (left / "wheel.txt").write_text("some.whl", encoding="utf-8")
        (left / f"{lane.name}.json").write_text(json.dumps({"line": f"CPython {name}"}), encoding="utf-8")
    return table


def test_it_says_what_it_is_and_why_tests_did_not_run_and_ends_in_the_table_and_the_count(selected, capsys):
    session.tell(selected, [*PYTHONS, matrix.NAME])
    lines = capsys.readouterr().out.splitlines()
    table = next(number for number, line in enumerate(lines) if line.strip() == "Tested")
    before = "\n".join(lines[:table])
    assert "3.11, 3.14, abi-matrix: 1 skipped\n  no fork (1)\n" in before
    assert all(reason in before for reason in matrix.LEFT_OUT)
    assert "This is a rehearsal" in before
    assert "Wine's kernel32 and C runtime" in before
    assert sum("some.whl" in line for line in lines[table:]) == len(PYTHONS)
    assert lines[-1] == "On Windows' Python under Wine: 4 passed, 0 failed, 4 skipped"


def test_chosen_tests_are_not_those_of_abi_matrix(selected, capsys):
    session.tell(selected, PYTHONS)
    printed = capsys.readouterr().out
    assert "abi-matrix" not in printed
    assert printed.endswith("On Windows' Python under Wine: 3 passed, 0 failed, 3 skipped\n")
