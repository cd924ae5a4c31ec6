import re

import pytest

from matrix import claims
from matrix.claims import Carrier

POSTS, CLAIMS = claims.load()
IDS = [claim.id for claim in CLAIMS]


def test_every_row_is_proven_and_every_mark_has_a_row():
    carried = claims.carriers()
    own = {claim.id for claim in CLAIMS if not claim.repeats}
    assert sorted(own - carried.keys()) == [], "mark a test with each of these claims"
    assert sorted(carried.keys() - {*IDS}) == [], "tests carry these, but claims.toml has no such row"


def test_rows_that_repeat_others_repeat_rows_that_are_proven():
    own = {claim.id for claim in CLAIMS if not claim.repeats}
    assert {repeated for claim in CLAIMS for repeated in claim.repeats} <= own


def test_the_rows_are_complete_and_in_order():
    for post in POSTS:
        letters = [id_[1:] for id_ in IDS if id_[0] == str(post.number)]
        assert letters == [chr(ord("a") + place) for place in range(len(letters))]
    assert sum(id_[0] == "0" for id_ in IDS) == 21
    assert sum(id_[0] == "1" for id_ in IDS) == 7
    assert sum(id_[0] == "3" for id_ in IDS) == 12
    assert len(IDS) == 40


@pytest.mark.parametrize("claim", CLAIMS, ids=IDS)
def test_a_row_says_whether_it_is_true_in_sentences(claim):
    assert claim.verdict in claims.VERDICTS
    for sentence in (claim.says, claim.today):
        assert re.search(r"[.?]$", sentence)
        assert "|" not in sentence, "it would end the cell of docs/claims.md"


def test_the_page_is_what_table_and_tests_say():
    written = claims.PAGE.read_text(encoding="utf-8")
    assert written == claims.page(), "run `python -m matrix.claims`"


SUITE = """
import pytest

CASES = [pytest.param(1, marks=pytest.mark.claim("0z"))]

if True:
    @pytest.mark.claim("0x", "0y")
    def test_one():
        pass

@pytest.mark.parametrize("case", [pytest.param(2, marks=[pytest.mark.claim("0y")])])
def test_two(case):
    pytest.mark.other("0w")
"""


def test_carriers_are_found_wherever_the_mark_stands(tmp_path):
    folder = tmp_path / "tests" / "deep"
    folder.mkdir(parents=True)
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    file = "tests/deep/test_suite.py"
    assert claims.carriers(tmp_path / "tests") == {
        "0x": [Carrier(file, "test_one")],
        "0y": [Carrier(file, "test_one"), Carrier(file, "test_two")],
        "0z": [Carrier(file, "")],
    }
