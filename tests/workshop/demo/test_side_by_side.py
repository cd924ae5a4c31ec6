import json

import pytest

from abi_matrix.base.errors import UserError
from workshop import repository
from workshop.demo import side_by_side

TABLE = repository.table()


@pytest.mark.parametrize(
    ("here", "wanted"),
    [
        ((), ["3.14", "3.13t", "3.14t"]),
        (("3.11", "3.13", "3.15t"), ["3.13", "3.13t", "3.14t"]),
        (("3.14", "3.15"), ["3.15", "3.13t", "3.14t"]),
    ],
)
def test_the_newest_standard_build_that_is_there_is_chosen(monkeypatch, here, wanted):
    monkeypatch.setattr(side_by_side, "search", lambda python: python in here or None)
    assert side_by_side.chosen([], TABLE) == wanted


def test_named_interpreters_are_taken_as_they_are():
    assert side_by_side.chosen(["3.15t", "3.11"], TABLE) == ["3.15t", "3.11"]


def test_a_name_outside_the_table_is_told_with_the_choices():
    with pytest.raises(UserError, match=r"^2\.7 is not in the table; choose from 3\.11, .*3\.15t.*\.$"):
        side_by_side.chosen(["2.7"], TABLE)


def test_show_has_a_row_a_run(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    seen = {
        "python": "3.14.7",
        "free_threaded_build": True,
        "gil_enabled": False,
        "order": ["Py: Enter", "Rust: Acquire GIL", "Py: Exit", "Rust: Exit"],
        "rust_wait_ms": 0.04,
        "python_late_ms": 12.34,
    }
    runs = [tmp_path / "a.json", tmp_path / "b.json"]
    runs[0].write_text(json.dumps(seen), encoding="utf-8")
    waited = ["Py: Enter", "Rust: Acquire GIL", "Rust: Exit", "Py: Exit"]
    other = {**seen, "python": "3.15.0rc2", "gil_enabled": True, "order": waited}
    runs[1].write_text(json.dumps(other), encoding="utf-8")
    side_by_side.show(runs)
    output = capsys.readouterr().out
    assert output.index("3.14.7") < output.index("both") < output.index("3.15.0rc2") < output.index("one")
    for text in ("free-threaded", " off ", " on ", "Rust      0.0 ms", "Py: Exit", "Rust: Acquire GIL"):
        assert text in output
    assert "Py: Enter" not in output
