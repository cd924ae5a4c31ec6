import json
import shutil

import pytest

from matrix import table
from matrix.errors import UserError
from matrix.lanes import SUITES, lanes
from tests.workshop.runs import run_pytest
from workshop.documents import claims
from workshop.testing import summary
from workshop.testing.summary import Count

TABLE = table.load()
PROOFS = [proof.rpartition("::")[2] for claim in claims.load()[1] for proof in claim.proven_by]
CARGO = (
    "".join(f"test tests::{name} ... ok\n" for name in PROOFS)
    + """\
test result: ok. 8 passed; 0 failed; 0 ignored;
test result: ok. 1 passed; 2 failed; 3 ignored;
"""
)
SUITE = f"""
import pytest

@pytest.mark.claim(*{[claim.id for claim in claims.load()[1]]})
def test_of_every_claim():
    pass

class TestRun:
    class TestAgain:
        @pytest.mark.parametrize("case", [1])
        def test_a(self, case):
            pass

def test_fails():
    assert 1 == 2

@pytest.fixture
def broken():
    raise OSError("no setup")

def test_errs(broken):
    pass

def test_skipped():
    pytest.skip()
"""
FILE = "tests/gil/test_it.py"


@pytest.fixture(scope="module")
def lane(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lane")
    run_pytest(folder, folder, "lane", SUITE)
    return folder


@pytest.fixture
def folder(lane, tmp_path, monkeypatch):
    """Return what a run of all sessions leaves behind, in which all lanes have the same few tests."""
    monkeypatch.setattr(summary, "FOLDER", tmp_path)
    (summary.fresh("rust") / "cargo.txt").write_text(CARGO, encoding="utf-8")
    runs = {name: [name] for name in SUITES}
    runs |= {f"test-{python}": [lane.name for lane in lanes(python)] for python in TABLE.interpreters}
    for session, names in runs.items():
        results = summary.fresh(session)
        (results / "wheel.txt").write_text("some.whl", encoding="utf-8")
        for name in names:
            shutil.copy(lane / "lane.xml", results / f"{name}.xml")
            shutil.copy(lane / "lane.collected", results / f"{name}.collected")
    for python in TABLE.interpreters:
        for mode in lanes(python):
            seen = {"line": f"CPython {python}, GIL {mode.gil}"}
            file = tmp_path / f"test-{python}" / f"{mode.name}.json"
            file.write_text(json.dumps(seen), encoding="utf-8")
    return tmp_path


def test_of_cargo_adds_up():
    assert summary.of_cargo(CARGO) == Count(9, 2, 3)


def test_of_pytest_counts_errors_as_failures(lane):
    assert summary.of_pytest(lane / "lane.xml") == Count(2, 2, 1)


def test_a_run_is_read_by_node_ids(lane, monkeypatch):
    monkeypatch.setattr(summary, "FOLDER", lane.parent)
    run = summary.read_run(lane.name, "lane")
    passed = {f"{FILE}::test_of_every_claim", f"{FILE}::TestRun::TestAgain::test_a[1]"}
    others = {f"{FILE}::test_fails", f"{FILE}::test_errs", f"{FILE}::test_skipped"}
    assert run.passed == passed
    assert run.begun == run.chosen == set(run.collected) == passed | others


def test_the_table_has_a_row_an_interpreter_and_ends_in_the_count(folder, capsys):
    summary.show(TABLE)
    lines = capsys.readouterr().out.splitlines()
    assert sum("some.whl" in line for line in lines) == len(TABLE.interpreters)
    # What a user meets first is the default lane, in which a free-threaded build has no GIL.
    assert any("CPython 3.13t, GIL off" in line and "default: 2, 8 threads: 2" in line for line in lines)
    runs = sum(len(lanes(python)) for python in TABLE.interpreters) + len(SUITES)
    assert lines[-1] == f"{9 + 2 * runs} passed, {2 + 2 * runs} failed, {3 + runs} skipped"
    assert (folder / "count.txt").read_text(encoding="utf-8") == f"{lines[-1]}\n"


def test_other_sessions_of_the_interpreters_have_a_table_too(folder, capsys):
    for python in TABLE.interpreters:
        (folder / f"test-{python}").rename(folder / f"picked-{python}")
    runs = sum(len(lanes(python)) for python in TABLE.interpreters)
    assert summary.show_interpreters(TABLE, "picked") == Count(2 * runs, 2 * runs, runs)
    assert "CPython 3.13t, GIL off" in capsys.readouterr().out


def test_a_session_that_left_nothing_behind_is_named(folder):
    summary.fresh("test-3.13t")
    with pytest.raises(UserError, match=r"^The session test-3\.13t left no default\.json behind"):
        summary.show(TABLE)


def test_a_lane_that_did_not_run_is_named(folder):
    (folder / "test-3.13t" / "PYTHON_GIL=1.xml").unlink()
    with pytest.raises(UserError, match=r"^PYTHON_GIL=1\.xml holds no test results"):
        summary.show(TABLE)


@pytest.mark.parametrize(
    ("session", "claim"), [("test-3.13t", "B5"), ("test-3.14", "3f"), ("build-limits", "3h")]
)
def test_a_claim_that_no_test_of_a_session_carries_is_told(folder, session, claim):
    for file in (folder / session).glob("*.collected"):
        file.write_text(file.read_text(encoding="utf-8").replace(f'"{claim}"', '"B1"'), encoding="utf-8")
    gap = f"{session}: there is no test of {claim} "
    with pytest.raises(UserError, match=rf"(?s)^Not everything was tested.*\n{gap}"):
        summary.show(TABLE)
    assert not (folder / "count.txt").exists()


def test_a_test_of_cargo_that_proves_a_claim_must_have_passed(folder):
    (folder / "rust" / "cargo.txt").write_text(CARGO.replace("... ok", "... ignored"), encoding="utf-8")
    with pytest.raises(UserError, match=r"\ncargo test: .*, which proves J3, did not pass\."):
        summary.show(TABLE)


def test_a_broken_result_file_is_told(folder):
    (folder / "test-3.13t" / "default.xml").write_text("<", encoding="utf-8")
    with pytest.raises(UserError, match=r"default\.xml holds no test results"):
        summary.show(TABLE)


def test_fresh_forgets_the_last_run(folder):
    assert [*summary.fresh("rust").iterdir()] == []


def test_failures_are_told_in_full_and_then_a_line_each(folder):
    for file in folder.glob("*/*.xml"):
        if file.parent.name != "test-3.13t" or file.stem != "8 threads":
            file.unlink()
            file.with_suffix(".json").unlink(missing_ok=True)
    (folder / "test-3.13t" / "PYTHON_GIL=1.json").touch()
    (folder / "test-3.14" / "default.xml").write_text("<testsuites>", encoding="utf-8")
    told = summary.failures()
    assert f"test-3.13t, 8 threads: {FILE}::test_fails\ndef test_fails():" in told
    assert f"test-3.13t, 8 threads: {FILE}::test_errs\n" in told
    assert told.index("OSError: no setup") < told.index("ended before its results")
    assert told.splitlines()[-4:] == [
        f"test-3.13t, 8 threads: {FILE}::test_fails",
        f"test-3.13t, 8 threads: {FILE}::test_errs",
        "test-3.13t, PYTHON_GIL=1: ended before its results",
        "test-3.14, default: ended before its results",
    ]


def test_no_failures_are_told_too(tmp_path, monkeypatch):
    monkeypatch.setattr(summary, "FOLDER", tmp_path)
    assert summary.failures() == "No session left a failed test behind."
