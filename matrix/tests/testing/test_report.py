import json
import shutil

import pytest
import runs
import tables

from abi_matrix.base.errors import UserError
from abi_matrix.testing import report, results
from abi_matrix.testing.lanes import lanes
from abi_matrix.testing.results import Count

CARGO = """
test result: ok. 8 passed; 0 failed; 0 ignored;
test result: ok. 1 passed; 2 failed; 3 ignored;
"""


@pytest.fixture(scope="module")
def xml(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    runs.run_pytest(folder)
    return folder / "results.xml"


@pytest.fixture
def table(tmp_path, xml):
    """Return a table of which all sessions left the results of the same run behind."""
    table = tables.table(tmp_path)
    (results.fresh(tmp_path, "rust") / "cargo.txt").write_text(CARGO, encoding="utf-8")
    shutil.copy(xml, results.fresh(tmp_path, "others") / "others.xml")
    for python in table.interpreters:
        left = results.fresh(tmp_path, f"test-{python}")
        (left / "wheel.txt").write_text("some.whl", encoding="utf-8")
        for lane in lanes(python, table):
            shutil.copy(xml, left / f"{lane.name}.xml")
            line = json.dumps({"line": f"CPython {python}, GIL {lane.gil}"})
            (left / f"{lane.name}.json").write_text(line, encoding="utf-8")
    return table


def test_of_cargo_adds_up():
    assert results.of_cargo(CARGO) == Count(9, 2, 3)


def test_of_pytest_counts_errors_as_failures(xml):
    assert results.of_pytest(xml) == Count(2, 2, 1)


def test_a_case_is_called_as_pytest_calls_it(xml):
    nodes = [results.node(case) for case in results.read(xml).iter("testcase")]
    assert nodes[:2] == [f"tests/test_it.py::TestRun::TestAgain::test_a[{case}]" for case in (1, 2)]
    assert "tests/test_it.py::test_skipped" in nodes


def test_the_table_has_a_row_an_interpreter_and_ends_in_the_count(table, capsys):
    report.show(table, ["rust", "others"])
    lines = capsys.readouterr().out.splitlines()
    assert sum("some.whl" in line for line in lines) == len(table.interpreters)
    # What a user meets first is the default lane, in which a free-threaded build has no GIL.
    (row,) = (line for line in lines if "CPython 3.13t, GIL off" in line)
    assert "default: 2, PYTHON_GIL=1: 2" in row
    assert "1, 1" in row
    count = 1 + sum(len(lanes(python, table)) for python in table.interpreters)
    assert lines[-1] == f"{9 + 2 * count} passed, {2 + 2 * count} failed, {3 + count} skipped"
    assert (results.folder(table.root) / "count.txt").read_text(encoding="utf-8") == f"{lines[-1]}\n"


def test_other_sessions_of_the_interpreters_have_a_table_too(table, capsys):
    for python in table.interpreters:
        left = results.folder(table.root) / f"test-{python}"
        left.rename(left.with_name(f"wheelhouse-{python}"))
    count = sum(len(lanes(python, table)) for python in table.interpreters)
    assert report.show_interpreters(table, "wheelhouse") == Count(2 * count, 2 * count, count)
    assert "CPython 3.13t, GIL off" in capsys.readouterr().out


def test_tests_that_leave_no_results_of_pytest_are_not_counted(table, tmp_path, capsys):
    other = tables.table(tmp_path, tests=tables.Tests(command="make test"))
    assert report.show_interpreters(other) == Count()
    assert "default, PYTHON_GIL=1, PYTHON_GIL=0" in capsys.readouterr().out


def test_a_session_that_left_nothing_behind_is_named(table):
    results.fresh(table.root, "test-3.13t")
    with pytest.raises(UserError, match=r"^The session test-3\.13t left no default\.json behind"):
        report.show(table)


@pytest.mark.parametrize("spoil", ["missing", "broken"])
def test_a_lane_without_results_is_named(table, spoil):
    file = results.folder(table.root) / "test-3.13t" / "PYTHON_GIL=1.xml"
    file.unlink() if spoil == "missing" else file.write_text("<", encoding="utf-8")
    with pytest.raises(UserError, match=r"^PYTHON_GIL=1\.xml holds no test results"):
        report.show(table)
    assert not (results.folder(table.root) / "count.txt").exists()


def test_fresh_forgets_the_last_run(table):
    assert [*results.fresh(table.root, "rust").iterdir()] == []


def test_failures_are_told_in_full_and_then_a_line_each(table):
    folder = results.folder(table.root)
    for file in folder.glob("*/*.xml"):
        if (file.parent.name, file.stem) != ("test-3.13t", "default"):
            file.unlink()
            file.with_suffix(".json").unlink(missing_ok=True)
    (folder / "test-3.13t" / "PYTHON_GIL=1.json").touch()
    (folder / "test-3.14" / "default.xml").write_text("<testsuites>", encoding="utf-8")
    told = results.failures(table.root)
    assert "test-3.13t, default: tests/test_it.py::test_fails\ndef test_fails():" in told
    assert told.index("OSError: no setup") < told.index("ended before its results")
    assert told.splitlines()[-4:] == [
        "test-3.13t, PYTHON_GIL=1: ended before its results",
        "test-3.13t, default: tests/test_it.py::test_fails",
        "test-3.13t, default: tests/test_it.py::test_errs",
        "test-3.14, default: ended before its results",
    ]


def test_without_failures_that_is_said(tmp_path):
    assert results.failures(tmp_path) == "No session left a failed test behind."
