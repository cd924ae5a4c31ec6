"""What `nox -s bench` makes of its measurements; tests/build measures for real."""

import importlib.util

import pytest

from abi_matrix.config.table import Row
from workshop import repository, tables
from workshop.demo import benchmark

TABLE = repository.table()


def load_measure():
    spec = importlib.util.spec_from_file_location("measure", benchmark.FOLDER / "measure.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measure = load_measure()


def test_every_call_has_a_target():
    assert list(benchmark.TARGETS) == [case.label for case in measure.CASES]


def test_a_ratio_pairs_what_was_measured_in_one_round():
    """A round that is ten times as slow as the others shifts nothing, as it slows both."""
    assert benchmark.Ratio.of([2, 4, 20], [1, 2, 10]) == benchmark.Ratio(2, 2, 2)


def test_a_ratio_is_the_median_with_the_outer_tenths():
    taken = [*range(1, 12)]
    assert benchmark.Ratio.of(taken, [1] * 11) == benchmark.Ratio(6, 2, 10)
    assert str(benchmark.Ratio(1.234, 1.2, 1.299)) == "1.23 (1.20 to 1.30)"


@pytest.mark.parametrize(
    ("tag", "macro"),
    [
        ("cp311-abi3", "Py_LIMITED_API=0x030b0000"),
        ("cp314-cp314t", None),
        ("cp315-abi3.abi3t", "Py_TARGET_ABI3T=0x030f0000"),
    ],
)
def test_c_asks_for_the_stable_abi_of_the_wheel(tag, macro):
    assert benchmark.stable_abi(Row(tag, "", ())) == macro


@pytest.mark.parametrize(("python", "tag"), [("3.11", "cp311-cp311"), ("3.15t", "cp315-cp315t")])
def test_an_interpreters_own_abi(python, tag):
    row = benchmark.own_row(python)
    assert (row.tag, row.built_with, row.serves) == (tag, python, (python,))


def test_the_table_chooses_interpreters_that_it_has():
    chosen = repository.pyproject()["tool"]["gil-workshop"]
    assert {*chosen["bench"], *chosen["demo"]} <= {*TABLE.interpreters}


def run_of(**seconds):
    return dict.fromkeys(benchmark.TARGETS, seconds)


def test_summary_has_a_row_a_call_and_tells_a_missed_target():
    runs = [
        run_of(gil=[1.2e-6] * 3, c=[1e-6] * 3, own=[1.1e-6] * 3),
        run_of(gil=[1.2e-6], c=[1e-6], own=[1e-6]),
    ]
    rows = benchmark.summary("3.14", runs)
    assert [row[1] for row in rows] == [*benchmark.TARGETS]
    for row, target in zip(rows, benchmark.TARGETS.values(), strict=True):
        assert row[2:4] == ["1,000", "1.20 (1.20 to 1.20)"]
        assert row[4] == f"{target:.2f}" + (" missed" if target < 1.2 else "")
        assert row[5:] == ["1.10 (1.03 to 1.10)", "same ABI"]


def test_show_prints_what_a_document_can_have(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "170")
    row = ["3.14", "hold(0)", "20", "1.20 (1.10 to 1.30)", "1.35", "1.10 (1.00 to 1.20)", "same ABI"]
    tables.show(benchmark.HEADINGS, [row], right="C, ns")
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert len(lines) == 3
    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == row


def test_measure_gives_every_function_two_turns_a_round_in_opposite_order():
    turns = []
    functions = {name: lambda value, name=name: turns.append(name) for name in "abc"}
    case = measure.Case("", "", None, unrolled=1)
    timers = {name: measure.timer(function, case) for name, function in functions.items()}
    timers["c"].timeit(3)
    assert turns == ["c"] * 3
    taken = measure.measure(functions, case, 2)
    assert {name: len(seconds) for name, seconds in taken.items()} == {"a": 2, "b": 2, "c": 2}
    blocks = [turns[0]]  # each turn of many calls as one
    for turn in turns:
        if turn != blocks[-1]:
            blocks.append(turn)
    assert "".join(blocks).endswith("abcbabcacb")


def test_measure_finds_what_takes_twice_as_long():
    functions = {"twice": lambda values: (sum(values), sum(values)), "c": lambda values: (sum(values), None)}
    case = measure.Case("", "", [*range(2_000)], unrolled=1)
    taken = measure.measure(functions, case, 50)
    assert 1.8 < benchmark.Ratio.of(taken["twice"], taken["c"]).median < 2.2
