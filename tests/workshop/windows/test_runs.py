import pytest

from abi_matrix.testing.lanes import lanes
from workshop.repository import ROOT, table
from workshop.windows import runs


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
