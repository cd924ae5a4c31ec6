"""The tables, what was found, and the file beside them."""

import json

from abi_matrix.testing.results import Count
from workshop.projects import show
from workshop.projects.measuring import Cost
from workshop.projects.outcomes import Outcome, Run, Trial, Way

GOOD = Outcome("tiny.whl", {"default": Count(500), "PYTHON_GIL=0": Count(498, 0, 2)})


def run(processor, tests=1, **failed):
    failed = {name.replace("_", "."): reason for name, reason in failed.items()}
    return Run(Cost(processor * 2, processor), failed, Cost(tests, tests))


def trial(**changes):
    return Trial(**{
        "project": "tiny",
        "version": "1.0",
        "lines": {"pyproject.toml": 20, "noxfile.py": 3, ".github/workflows/ci.yml": 70},
        "by_hand": (),
        "unknown": ("Whether it runs without a GIL.",),
        "wheels": ("a", "b"),
        "outcomes": {"3.13": GOOD, "3.14": GOOD},
        "ours": Way(run(80, 5), run(10, 1)),
        "usual": Way(run(100, 5), run(50, 5)),
        "without_row": {},
        **changes,
    })  # fmt: skip


def lines(capsys):
    cells = (line.strip().strip("|").split("|") for line in capsys.readouterr().out.splitlines())
    return [[cell.strip() for cell in row] for row in cells]


def test_a_project_has_a_row_in_both_tables(capsys):
    show.tables([trial()])
    said = lines(capsys)
    assert ["tiny 1.0", "23", "70", "0", "2", "2 of 2", "1,996"] in said
    costs = ["100.0 (200)", "80.0 (160)", "0.80, at most 1", "50.0 (100)", "10.0 (20)"]
    assert ["tiny", "all", *costs, "0.20, at most 0.25"] in said
    costs = ["95.0", "75.0", "0.79", "45.0", "9.0"]
    assert ["", "all but pytest", *costs, "0.20"] in said


def test_a_missed_target_is_said(capsys):
    show.tables([trial(ours=Way(run(101), run(13)))])
    said = capsys.readouterr().out
    assert "| 1.01, at most 1 missed |" in said
    assert "| 0.26, at most 0.25 missed |" in said


def test_where_a_wheel_serves_several_less_is_expected(capsys):
    show.tables([trial(wheels=("a",))])
    assert "| 0.80, at most 0.6 missed |" in capsys.readouterr().out


def test_nothing_found_is_nothing_said():
    assert [*show.found(trial())] == []


def test_interpreters_that_fail_of_the_same_are_one_sentence():
    refused = Outcome(reason="tiny does not support free-threaded Python")
    usual = Way(run(1), run(1, **{"3_14t": "no such thing", "3_15t": "no such thing"}))
    outcomes = {"3.14": GOOD, "3.14t": refused, "3.15t": refused}
    [said] = show.found(trial(outcomes=outcomes, usual=usual))
    assert said == (
        "tiny, 3.14t, 3.15t: tiny does not support free-threaded Python."
        " The usual way fails, too: no such thing."
    )


def test_a_difference_between_the_ways_is_said():
    refused = Outcome(reason="PyO3 0.26 builds for CPython up to 3.14.")
    found = trial(
        outcomes={"3.14": GOOD, "3.15": refused, "3.15t": refused},
        usual=Way(run(1), run(1, **{"3_14": "it does not link."})),
        without_row={"3.15": "", "3.15t": "too new."},
    )
    assert [*show.found(found)] == [
        "tiny, 3.15: PyO3 0.26 builds for CPython up to 3.14. The usual way does not fail.",
        "tiny, 3.15t: PyO3 0.26 builds for CPython up to 3.14. The usual way fails, too: too new.",
        "tiny, 3.14: only the usual way fails: it does not link.",
    ]


def test_what_a_person_had_to_add_is_said():
    [said] = show.found(trial(by_hand=("dirty-equals", "x")))
    assert said == "tiny: its tests need dirty-equals, x, which nothing in the sdist says."


def test_the_file_has_everything_and_appears_at_once(tmp_path):
    file = tmp_path / "results.json"
    file.write_text("of an earlier run", encoding="utf-8")
    show.write(file, [trial()], (1.5, 1, 1))
    said = json.loads(file.read_text(encoding="utf-8"))
    assert said["machine"]["load before"] == [1.5, 1, 1]
    [project] = said["projects"]
    assert (project["cold"], project["warm"], project["served"]) == (0.8, 0.2, ["3.13", "3.14"])
    assert project["outcomes"]["3.13"]["lanes"]["PYTHON_GIL=0"] == {"passed": 498, "failed": 0, "skipped": 2}
    assert [*tmp_path.iterdir()] == [file]
