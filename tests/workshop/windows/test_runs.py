import sys

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.testing.lanes import lanes
from workshop.repository import ROOT, table
from workshop.windows import runs
from workshop.windows.runs import Suite


@pytest.mark.parametrize("path", ["tests/gil", ".nox/report/windows-3.14/default.xml", "pyproject.toml"])
def test_a_path_is_the_same_there_and_back(path):
    there = runs.there(f"--option={ROOT / path}")
    assert there == f"--option=Z:/project/{path}"
    assert runs.here(there.replace("/", "\\")) == f"--option={ROOT / path}"


def test_the_table_of_a_run_has_the_named_interpreters_in_one_lane():
    chosen = runs.only_here(["3.11", "3.14"])
    assert chosen.interpreters == ["3.11", "3.14"]
    assert [row.tag for row in chosen.rows] == ["cp311-abi3"]
    assert [lane.name for lane in lanes("3.14", chosen)] == [table().lanes[0]["name"]]


def test_what_a_suite_prints_is_shown_if_it_fails_and_all_run_to_their_end(cache_folder, capsys):
    suites = [
        Suite("3.97", (sys.executable, "-c", "print('all passed')")),
        Suite("3.98", (sys.executable, "-c", "raise SystemExit('1 failed')")),
        Suite("3.99", (sys.executable, "-c", "print('all passed, too')")),
    ]
    with pytest.raises(
        UserError, match=r"^pytest failed on Windows' Python \(3\.98\); its output is above\.$"
    ):
        runs.run(suites)
    printed = capsys.readouterr().out
    assert "1 failed" in printed
    assert "all passed" not in printed
    assert suites[2].log.read_text().strip() == "all passed, too"
