import pytest
import tables

from abi_matrix.base.errors import WRONG_TABLE, InputError
from abi_matrix.testing.lanes import Lane, lanes


def test_without_lanes_in_the_table_there_are_those_that_cpython_knows(tmp_path):
    table = tables.table(tmp_path)
    assert lanes("3.14", table) == [Lane("default", "on", env={"PYTHON_GIL": None})]
    assert [(lane.name, lane.gil, lane.env["PYTHON_GIL"]) for lane in lanes("3.14t", table)] == [
        ("default", "off", None),
        ("PYTHON_GIL=1", "on", "1"),
        ("PYTHON_GIL=0", "off", "0"),
    ]


def of(tmp_path, python, *written):
    return lanes(python, tables.table(tmp_path, lanes=written))


@pytest.mark.parametrize(
    ("on", "names"),
    [("standard", ["3.11", "3.15"]), ("free-threaded", ["3.14t"]), (["3.11"], ["3.11"])],
)
def test_a_lane_is_for_the_interpreters_that_it_names(tmp_path, on, names):
    lane = {"name": "x", "on": on}
    assert [python for python in ("3.11", "3.15", "3.14t") if of(tmp_path, python, lane)] == names


def test_what_a_lane_says_is_taken_and_python_gil_always_set_or_taken_away(tmp_path):
    written = {"name": "x", "arguments": ["-k", "y"], "env": {"A": "b"}, "switch-interval": 1e-6}
    assert of(tmp_path, "3.14", written) == [
        Lane("x", "on", ("-k", "y"), {"PYTHON_GIL": None, "A": "b"}, 1e-6)
    ]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"name": "x", "on": "pypy"}, "is on 'pypy': write standard or free-threaded, or a list"),
        ({"name": "x", "env": {"PYTHON_GIL": "0"}}, "sets PYTHON_GIL for a standard build"),
    ],
)
def test_a_wrong_lane_is_one_sentence_with_a_code(tmp_path, written, reason):
    with pytest.raises(InputError, match=reason) as raised:
        of(tmp_path, "3.14", written)
    assert raised.value.code == WRONG_TABLE
