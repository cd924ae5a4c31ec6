"""The list of mutants still fits the code, and a survivor is a failure; `nox -s mutants` builds them."""

import ast
from dataclasses import replace

import pytest

from abi_matrix.base.errors import UserError
from workshop import repository
from workshop.mutation import catalogue, mutants
from workshop.mutation.catalogue import Mutant
from workshop.mutation.mutants import Outcome
from workshop.mutation.workspace import CARGO, KILLED, PASSED, TOOL, WORKSHOP
from workshop.repository import ROOT

LIST = catalogue.load()
MUTANT = Mutant("a breach", "file", "a", "b", {"3.15": ("t.py::test",)})


@pytest.mark.parametrize("mutant", LIST, ids=lambda mutant: mutant.name)
def test_every_mutant_applies_at_one_place(mutant):
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert mutant.applied(text) != text


@pytest.mark.parametrize("mutant", LIST, ids=lambda mutant: mutant.name)
def test_every_mutant_names_tests_that_exist(mutant):
    assert mutant.killed_by
    for python, tests in mutant.killed_by.items():
        assert python in {CARGO, TOOL, WORKSHOP, *repository.table().interpreters}
        assert tests
        for test in tests:
            if python == CARGO:
                *_, name = test.split("::")
                beside = (ROOT / mutant.file).parent.glob("*.rs")
                assert any(f"fn {name}()" in file.read_text(encoding="utf-8") for file in beside)
            else:
                file, *classes, name = test.partition("[")[0].split("::")
                place = ast.parse((ROOT / file).read_text(encoding="utf-8"))
                for inner in (*classes, name):
                    place = next(node for node in ast.walk(place) if getattr(node, "name", None) == inner)


def test_names_are_different():
    assert len({mutant.name for mutant in LIST}) == len(LIST)


@pytest.mark.parametrize("text", ["", "aa"])
def test_a_mutant_that_does_not_apply_is_one_sentence(text):
    with pytest.raises(
        UserError, match=r"The mutant 'a breach' no longer applies: in file its `before` stands at"
    ):
        MUTANT.applied(text)


@pytest.mark.parametrize("verdict", [PASSED, "ZeroDivisionError: division by zero"])
def test_a_survivor_fails_the_session(verdict, capsys):
    killed = Outcome("a breach", "3.15", {"t.py::test": KILLED})
    mutants.show([killed])
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 1 mutants killed"
    with pytest.raises(UserError, match=r"^No assertion noticed another"):
        mutants.show([killed, Outcome("another", "3.15", {"t.py::test": verdict})])
    assert "SURVIVED" in capsys.readouterr().out


class Tree:
    """A workspace in which a mutant is noticed on one interpreter only."""

    def __init__(self, noticed_on, broken=()):
        self.noticed_on, self.broken, self.under_test = noticed_on, set(broken), None

    def mutated(self, mutant):
        return self

    def __enter__(self):
        self.under_test = True

    def __exit__(self, *_):
        self.under_test = False

    def verdicts(self, python, tests):
        failing = set(tests) if self.under_test and python == self.noticed_on else self.broken
        return {test: KILLED if test in failing else PASSED for test in tests}


def test_a_mutant_must_be_noticed_everywhere():
    mutant = replace(MUTANT, killed_by={"3.15": ("a::x", "a::y"), "3.15t": ("a::x",)})
    outcomes = mutants.prove([Tree("3.15"), Tree("3.15")], [mutant] * 3)
    assert {outcome.python: outcome.survived for outcome in outcomes} == {"3.15": False, "3.15t": True}


def test_a_test_that_fails_anyway_proves_nothing():
    with pytest.raises(UserError, match=r"^Without any mutant these fail on 3\.15: t\.py::test"):
        mutants.prove([Tree("3.15", ["t.py::test"])], [MUTANT])


def test_words_choose_mutants():
    assert {mutant.name for mutant in catalogue.chosen(["gil_used"])} == {"gil_used"}
    assert catalogue.chosen([]) == LIST
    with pytest.raises(UserError, match="No mutant is called nonsense"):
        catalogue.chosen(["nonsense"])
