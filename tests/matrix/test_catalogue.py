import re

import pytest

from matrix import catalogue

ROWS = catalogue.load()
IDS = [row.id for row in ROWS]
COUNTS = {"A": 5, "B": 11, "C": 4, "D": 6, "E": 6, "F": 2, "G": 4, "H": 4, "I": 6, "J": 3}


def test_the_rows_are_complete_and_in_order():
    complete = [f"{letter}{number + 1}" for letter, count in COUNTS.items() for number in range(count)]
    assert complete == IDS


def test_every_row_is_carried_by_a_test_or_says_what_proves_it():
    carried = catalogue.carriers()
    unproven = [row.id for row in ROWS if not row.proven_by and row.id not in carried]
    assert unproven == [], "begin a test's name with each of these, as in test_b3_..."
    both = [row.id for row in ROWS if row.proven_by and row.id in carried]
    assert both == [], "tests carry these: remove `proven-by` from catalogue.toml"


def test_every_test_that_carries_a_row_carries_one_that_exists():
    unknown = {id_: tests for id_, tests in catalogue.carriers().items() if id_ not in IDS}
    assert unknown == {}, "catalogue.toml has no such row"


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_row_is_a_sentence_and_its_other_proofs_exist(row):
    assert re.search(r"\.$", row.proves)
    assert [proof for proof in row.proven_by if not catalogue.is_defined(proof)] == []


SUITE = """
def test_a1_b11_both(): pass
def test_c_d2_none(): pass
def helper_a2(): pass
if True:
    class TestIt:
        def test_c3_deep(self): pass
"""


def test_carriers_are_found_by_their_names(tmp_path):
    folder = tmp_path / "tests" / "deep"
    folder.mkdir(parents=True)
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    file = "tests/deep/test_suite.py"
    assert catalogue.carriers(tmp_path / "tests") == {
        "A1": [f"{file}::test_a1_b11_both"],
        "B11": [f"{file}::test_a1_b11_both"],
        "C3": [f"{file}::test_c3_deep"],
    }


@pytest.mark.parametrize(
    ("proof", "defined"),
    [
        ("proofs.py::there", True),
        ("proofs.py::inner", True),
        ("proofs.py::the", False),
        ("proofs.py::called", False),
        ("proofs.py", False),
        ("none.py::there", False),
    ],
)
def test_a_proof_is_a_function_of_its_file(tmp_path, proof, defined):
    text = "def there():\n    called()\n    fn inner() {}\n"
    (tmp_path / "proofs.py").write_text(text, encoding="utf-8")
    assert catalogue.is_defined(proof, tmp_path) is defined
