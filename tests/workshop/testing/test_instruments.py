"""What `nox -s bench-instruments` makes of its measurements."""

import ast

import pytest

from abi_matrix.base.errors import UserError
from workshop.testing import instruments


def test_the_loads_are_those_that_are_measured():
    """The script itself needs the extension, which is not here."""
    module = ast.parse(instruments.SCRIPT.read_text(encoding="utf-8"))
    [loads] = [
        node.value
        for node in module.body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "LOADS"
    ]
    assert [key.value for key in loads.keys] == list(instruments.LOADS)


def test_a_row_has_the_differences_and_the_largest_of_them():
    cells = instruments.row("3.14", "nothing", {"sleep": [0.0, 0.01], "spin": [1.0, 0.98]}, "last")
    assert cells == ["3.14", "nothing", "+0.010", "-0.020", "0.020", "last"]


def test_a_row_that_is_further_off_than_allowed_says_so():
    cells = instruments.row("3.14", "nothing", {"spin": [1.0, 1.0 - instruments.ALLOWED - 0.001]})
    assert cells == ["3.14", "nothing", "-0.031", "0.031 missed"]


def test_how_much_slower():
    assert instruments.slower({"pure Python": 1.004, "sha256": 0.998}) == "pure Python +0.4 %, sha256 -0.2 %"


@pytest.mark.parametrize("words", [["3.14", "--second", "x"], ["--unknown"], ["--stress"]])
def test_what_is_not_understood_is_one_sentence_with_the_usage(words):
    with pytest.raises(UserError, match=r"; say `nox -s bench-instruments -- \["):
        instruments._parse(words)


def test_options():
    options = instruments._parse(["3.14", "3.14t", "--no-peers", "--seconds", "0.5"])
    assert options.interpreters == ["3.14", "3.14t"]
    assert (options.peers, options.seconds, options.stress) == (False, 0.5, None)
