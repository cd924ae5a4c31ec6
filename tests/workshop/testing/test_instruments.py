"""What `nox -s bench-instruments` makes of its measurements."""

import ast

import pytest

from abi_matrix.base.errors import UserError
from workshop.testing import instruments


@pytest.mark.parametrize("name", ["LOADS", "CALLS"])
def test_names_are_those_of_the_script(name):
    """The script itself needs the extension, which is not here."""
    module = ast.parse(instruments.SCRIPT.read_text(encoding="utf-8"))
    [named] = [
        node.value
        for node in module.body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name
    ]
    assert [key.value for key in named.keys] == list(getattr(instruments, name))


def test_a_row_has_the_differences_and_the_largest_of_them():
    cells = instruments.row("3.14", "nothing", {"sleep": [0.0, 0.01], "spin": [1.0, 0.98]})
    assert cells == ["3.14", "nothing", "+0.010", "-0.020", "0.020"]


def test_a_table_has_room_for_all_its_columns(capsys):
    cells = instruments.row("3.14t", "a compiler", {load: [1.0, 0.0] for load in instruments.LOADS})
    instruments.show(("interpreter", "beside", *instruments.LOADS, "at most"), [cells])
    assert "…" not in capsys.readouterr().out


def test_a_row_that_is_further_off_than_allowed_says_so():
    cells = instruments.row("3.14", "nothing", {"spin": [1.0, 1.0 - instruments.ALLOWED - 0.001]})
    assert cells == ["3.14", "nothing", "-0.031", "0.031 missed"]


def test_how_much_slower():
    assert instruments.slower({"sha256": 0.998, "pure Python": 1.004}) == ["+0.4 %", "-0.2 %"]


def test_how_long_a_verdict_takes_and_how_often_it_is_right():
    assert instruments.verdicts({"100 us": [0.8, 19, 20], "10 ms": [0.0949, 20, 20]}) == [
        "0.09 s, 20 of 20", "0.80 s, 19 of 20"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words", [["3.14", "--second", "x"], ["--unknown"], ["--stress"], ["--assertions=x"]]
)
def test_what_is_not_understood_is_one_sentence_with_the_usage(words):
    with pytest.raises(UserError, match=r"; say `nox -s bench-instruments -- \["):
        instruments._parse(words)


def test_options():
    options = instruments._parse(["3.14", "3.14t", "--no-peers", "--seconds", "0.5"])
    assert options.interpreters == ["3.14", "3.14t"]
    assert (options.peers, options.seconds, options.stress, options.assertions) == (False, 0.5, None, None)
