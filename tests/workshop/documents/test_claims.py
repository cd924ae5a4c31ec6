import itertools
import re
import string

import pytest

from workshop.documents import claims
from workshop.documents.claims import Carrier

PARTS, CLAIMS = claims.load()
IDS = [claim.id for claim in CLAIMS]


def test_every_row_is_proven_and_every_mark_has_a_row():
    carried = claims.carriers()
    own = {claim.id for claim in CLAIMS if not claim.repeats}
    by_cargo = {claim.id for claim in CLAIMS if claim.proven_by}
    assert sorted(own - carried.keys() - by_cargo) == [], "mark a test with each of these claims"
    assert sorted(carried.keys() - {*IDS}) == [], (
        "tests carry these, but no table in tests/claims has such a row"
    )


def test_rows_that_repeat_others_repeat_rows_that_are_proven():
    own = {claim.id for claim in CLAIMS if not claim.repeats}
    assert {repeated for claim in CLAIMS for repeated in claim.repeats} <= own


def test_the_rows_are_in_order_and_none_is_missing():
    complete = []
    for part in PARTS:
        names = string.ascii_lowercase if part.about else itertools.count(1)
        rows = [id_ for id_ in IDS if id_.startswith(part.id)]
        complete += [f"{part.id}{name}" for _, name in zip(rows, names, strict=False)]
    assert complete == IDS


@pytest.mark.parametrize("claim", CLAIMS, ids=IDS)
def test_a_row_says_whether_it_is_true_in_sentences(claim):
    assert claim.verdict in claims.VERDICTS
    assert claim.only in claims.ONLY
    for sentence in filter(None, (claim.says, claim.today)):
        assert re.search(r"[.?]$", sentence)
        assert "|" not in sentence, "it would end the cell of docs/claims.md"


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS if claim.proven_by], ids=lambda claim: claim.id)
def test_the_tests_of_cargo_that_a_row_names_exist(claim):
    assert [proof for proof in claim.proven_by if not claims.is_defined(proof)] == []


def test_the_page_is_what_table_and_tests_say():
    written = claims.PAGE.read_text(encoding="utf-8")
    assert written == claims.page(), "run `python -m workshop.documents.claims`"


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


@pytest.mark.parametrize(
    ("proof", "defined"),
    [
        ("proofs.rs::there", True),
        ("proofs.rs::inner", True),
        ("proofs.rs::listed", True),
        ("proofs.rs::the", False),
        ("proofs.rs::called", False),
        ("proofs.rs", False),
        ("none.rs::there", False),
    ],
)
def test_a_proof_is_a_function_of_its_file(tmp_path, proof, defined):
    text = "pub fn there() {\n    called()\n    fn inner() {}\n}\ncases! {\n    listed\n}\n"
    (tmp_path / "proofs.rs").write_text(text, encoding="utf-8")
    assert claims.is_defined(proof, tmp_path) is defined
