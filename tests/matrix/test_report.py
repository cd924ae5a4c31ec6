import json

import pytest

from matrix import report, table
from matrix.errors import UserError
from matrix.lanes import lanes
from matrix.report import Count

TABLE = table.load()
XML = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'
CARGO = "test result: ok. 8 passed; 0 failed; 0 ignored;\ntest result: ok. 1 passed; 2 failed; 3 ignored;\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    (report.fresh("rust") / "cargo.txt").write_text(CARGO, encoding="utf-8")
    for name in report.SUITES:
        (report.fresh(name) / f"{name}.xml").write_text(XML.format(10, 0, 0, 0), encoding="utf-8")
    for python in TABLE.interpreters:
        results = report.fresh(f"test-{python}")
        (results / "wheel.txt").write_text("some.whl", encoding="utf-8")
        for lane in lanes(python):
            seen = {"line": f"CPython {python}, GIL {lane.gil}"}
            (results / f"{lane.name}.json").write_text(json.dumps(seen), encoding="utf-8")
            (results / f"{lane.name}.xml").write_text(XML.format(20, 1, 2, 3), encoding="utf-8")
    return tmp_path


def test_of_cargo_adds_up():
    assert report.of_cargo(CARGO) == Count(9, 2, 3)


def test_of_pytest_counts_errors_as_failures(folder):
    assert report.of_pytest(folder / "test-3.11" / "default.xml") == Count(14, 3, 3)


def test_cases_of_classes_have_their_names(tmp_path):
    (tmp_path / "x.xml").write_text(
        '<testsuite><testcase classname="tests.gil.test_x.TestRun.TestAgain" name="test_a"/></testsuite>',
        encoding="utf-8",
    )
    assert report.cases(tmp_path / "x.xml") == {"tests/gil/test_x.py::TestRun::TestAgain::test_a": False}


def test_cases_are_those_that_ran(tmp_path):
    case = '<testcase classname="tests.gil.test_x" name="{}">{}</testcase>'
    names = {"test_a[1]": "", "test_b": "<failure/>", "test_c": "<error/>", "test_d": "<skipped/>"}
    (tmp_path / "x.xml").write_text(
        f"<testsuites><testsuite>{''.join(map(case.format, names, names.values()))}</testsuite></testsuites>",
        encoding="utf-8",
    )
    assert report.cases(tmp_path / "x.xml") == {
        "tests/gil/test_x.py::test_a[1]": False,
        "tests/gil/test_x.py::test_b": True,
        "tests/gil/test_x.py::test_c": True,
    }


def test_the_table_has_a_row_an_interpreter_and_ends_in_the_count(folder, capsys):
    report.show(TABLE)
    lines = capsys.readouterr().out.splitlines()
    assert sum("some.whl" in line for line in lines) == len(TABLE.interpreters)
    # What a user meets first is the default lane, in which a free-threaded build has no GIL.
    assert any("CPython 3.13t, GIL off" in line and "default: 14, 8 threads: 14" in line for line in lines)
    runs = sum(len(lanes(python)) for python in TABLE.interpreters)
    assert lines[-1] == f"{29 + 14 * runs} passed, {2 + 3 * runs} failed, {3 + 3 * runs} skipped"
    assert (folder / "count.txt").read_text(encoding="utf-8") == f"{lines[-1]}\n"


def test_other_sessions_of_the_interpreters_have_a_table_too(folder, capsys):
    for python in TABLE.interpreters:
        (folder / f"test-{python}").rename(folder / f"picked-{python}")
    runs = sum(len(lanes(python)) for python in TABLE.interpreters)
    assert report.show_interpreters(TABLE, "picked") == Count(14 * runs, 3 * runs, 3 * runs)
    assert "CPython 3.13t, GIL off" in capsys.readouterr().out


def test_a_session_that_left_nothing_behind_is_named(folder):
    report.fresh("test-3.13t")
    with pytest.raises(UserError, match=r"^The session test-3\.13t left no default\.json behind"):
        report.show(TABLE)


def test_a_lane_that_did_not_run_is_named(folder):
    (folder / "test-3.13t" / "PYTHON_GIL=1.xml").unlink()
    with pytest.raises(UserError, match=r"^PYTHON_GIL=1\.xml holds no test results"):
        report.show(TABLE)


def test_a_broken_result_file_is_told(folder):
    (folder / "test-3.13t" / "default.xml").write_text("<", encoding="utf-8")
    with pytest.raises(UserError, match=r"default\.xml holds no test results"):
        report.show(TABLE)


def test_fresh_forgets_the_last_run(folder):
    assert [*report.fresh("rust").iterdir()] == []


def test_failures_are_told_in_full_and_then_a_line_each(folder):
    case = '<testcase classname="tests.gil.test_x" name="{}">{}</testcase>'
    cases = (
        case.format("test_a", "<failure message='short'>assert 1 == 2</failure>"),
        case.format("test_b", "<error message='no setup'/>"),
        case.format("test_c", "<skipped/>"),
        case.format("test_d", ""),
    )
    (folder / "test-3.12" / "8 threads.xml").write_text(
        f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>", encoding="utf-8"
    )
    (folder / "test-3.13t" / "PYTHON_GIL=1.xml").unlink()
    (folder / "test-3.14" / "default.xml").write_text("<testsuites>", encoding="utf-8")
    told = report.failures()
    assert "test-3.12, 8 threads: tests/gil/test_x.py::test_a\nassert 1 == 2\n" in told
    assert "test-3.12, 8 threads: tests/gil/test_x.py::test_b\nno setup\n" in told
    assert told.splitlines()[-4:] == [
        "test-3.12, 8 threads: tests/gil/test_x.py::test_a",
        "test-3.12, 8 threads: tests/gil/test_x.py::test_b",
        "test-3.13t, PYTHON_GIL=1: ended before its results",
        "test-3.14, default: ended before its results",
    ]


def test_no_failures_are_told_too(folder):
    assert report.failures() == "No session left a failed test behind."
