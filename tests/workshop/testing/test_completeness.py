"""What proves nothing is told: real runs of pytest and of Rust's tests, read as `report` reads them."""

import os
import shutil
import subprocess

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.testing import results
from abi_matrix.testing.lanes import lanes
from tests.workshop.runs import run_pytest
from workshop import repository
from workshop.documents import claims
from workshop.documents.claims import Claim
from workshop.testing import completeness

SUITE = """
import pytest

@pytest.mark.claim("B3", "0q")
def test_held():
    pass

@pytest.mark.parametrize("case", [pytest.param(1, marks=pytest.mark.claim("E1")), 2])
def test_cases(case):
    pass

class TestPlain:
    def test_plain(self):
        pass
"""
UNPROVEN = """
import pytest

@pytest.mark.claim("B3")
def test_skipped():
    pytest.skip()

@pytest.mark.claim("B3")
@pytest.mark.xfail
def test_xfailed():
    assert False

@pytest.mark.claim("B3")
def test_failed():
    assert False

def test_skipped_without_a_claim():
    pytest.skip()

@pytest.mark.claim("B3")
def test_after_the_first_failure():
    pass
"""
LANES = {
    "held": (SUITE, ["-k", "held"]),
    "others": (SUITE, ["-k", "not held"]),
    "nothing": (SUITE, ["-k", "nonsense"]),
    "unproven": (UNPROVEN, []),
    "broken off": (UNPROVEN, ["--exitfirst"]),
}
TABLE = repository.table()
B3, B5 = (claim for claim in claims.load()[1] if claim.id in {"B3", "B5"})
FILE = "tests/gil/test_it.py"


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lanes")
    report = results.folder(folder)
    # -k looks at the names of folders, too: they have numbers.
    runs = [
        (folder / str(number), name, text, *options)
        for number, (name, (text, options)) in enumerate(LANES.items())
    ]
    run_pytest(report / "test-3.13t", *runs)
    return report


@pytest.fixture
def gaps(left_behind, monkeypatch):
    """Return what is to be said when these were the lanes of 3.13t."""
    monkeypatch.setattr(completeness, "ROOT", left_behind.parent.parent)

    def between(*names, demanded=(B3,)):
        return [
            *completeness.gaps(
                "3.13t", [completeness.read_run("test-3.13t", lane) for lane in names], demanded
            )
        ]

    return between


def test_lanes_that_run_everything_between_them_have_no_gap(gaps):
    assert gaps("held", "others") == []


def test_a_test_that_every_lane_leaves_out_is_told(gaps):
    assert gaps("others") == [f"3.13t: {FILE}::test_held, which proves B3, 0q, passed in no run."]
    assert gaps("held") == [
        f"3.13t: {FILE}::test_cases[1], which proves E1, passed in no run.",
        f"3.13t: {FILE}::test_cases[2] is left out of every run.",
        f"3.13t: {FILE}::TestPlain::test_plain is left out of every run.",
    ]


def test_a_test_that_is_skipped_or_fails_proves_nothing(gaps):
    ways = ("skipped", "xfailed", "failed")
    told = [f"3.13t: {FILE}::test_{how}, which proves B3, passed in no run." for how in ways]
    assert gaps("unproven") == told


def test_where_tests_may_be_skipped_their_claims_need_others(left_behind, monkeypatch):
    monkeypatch.setattr(completeness, "ROOT", left_behind.parent.parent)
    run = completeness.read_run("test-3.13t", "unproven", skips=True)
    told = [f"3.13t: {FILE}::test_{how}, which proves B3, passed in no run." for how in ("xfailed", "failed")]
    assert [*completeness.gaps("3.13t", [run], [B3])] == told


def test_a_run_that_does_not_come_to_its_end_is_told(gaps):
    lost = f"{FILE}::test_after_the_first_failure"
    told = gaps("broken off", "unproven")
    assert told[0] == f"3.13t, broken off: 2 of 5 tests never ran: {lost}, ..."
    assert f"3.13t: {lost}, which proves B3, passed in no run." not in told
    assert f"3.13t: {lost}, which proves B3, passed in no run." in gaps("broken off")


def test_a_run_of_nothing_is_told(gaps):
    assert gaps("held", "others", "nothing") == ["3.13t, nothing: it chose no test."]


def test_a_claim_without_a_test_here_is_told_with_its_tests_elsewhere(gaps):
    (gap,) = gaps("held", "others", demanded=[B3, B5])
    assert gap == (
        f"3.13t: there is no test of B5 ({B5.says}) Bring back tests/threading/test_gil_observed.py"
        "::test_hold_blocks_stop_the_world, or say in the claim's row with `only` where it holds."
    )


@pytest.mark.parametrize("suffix", ["xml", "collected"])
def test_a_lane_that_left_nothing_is_told(gaps, left_behind, suffix):
    for file in left_behind.glob("*/held.*"):
        if file.suffix != f".{suffix}":
            (file.parent / f"half {suffix}{file.suffix}").write_bytes(file.read_bytes())
    with pytest.raises(UserError, match=rf"half {suffix}\.{suffix}"):
        gaps("others", f"half {suffix}")


def test_what_is_due_depends_on_the_interpreter_and_on_where_the_tests_are():
    dues = {
        python: completeness.due(lambda file: "/threading/" in file, python) for python in ("3.14", "3.14t")
    }
    assert B3 in dues["3.14"]
    assert {*dues["3.14t"]} - {*dues["3.14"]} >= {B5}
    build = {claim.id for claim in completeness.due(lambda file: file.startswith("tests/build/"))}
    assert {"3h", "3i", "I6"} <= build
    assert "B3" not in build


@pytest.mark.parametrize(
    ("only", "python", "system", "holds"),
    [
        ("", "3.11", "nt", True),
        ("free-threaded", "3.14", "posix", False),
        ("free-threaded", "3.14t", "posix", True),
        ("POSIX", "3.14", "posix", True),
        ("POSIX", "3.14", "nt", False),
    ],
)
def test_where_a_claim_holds(monkeypatch, only, python, system, holds):
    monkeypatch.setattr(completeness.os, "name", system)
    assert completeness.holds(Claim("B1", "It holds.", only=only), python) is holds


# What all sessions leave behind, each with the same few tests, of which one carries every claim.
PROOFS = [proof.rpartition("::")[2] for claim in claims.load()[1] for proof in claim.proven_by]
CARGO = "".join(f"test tests::{name} ... ok\n" for name in PROOFS)
ALL = f"""
import pytest

@pytest.mark.claim(*{[claim.id for claim in claims.load()[1]]})
def test_of_every_claim():
    pass

class TestRun:
    @pytest.mark.parametrize("case", [1])
    def test_a(self, case):
        pass
"""


@pytest.fixture(scope="module")
def lane(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lane")
    run_pytest(folder, (folder, "lane", ALL))
    return folder


@pytest.fixture
def sessions(lane, tmp_path, monkeypatch):
    monkeypatch.setattr(completeness, "ROOT", tmp_path)
    (results.fresh(tmp_path, "rust") / "cargo.txt").write_text(CARGO, encoding="utf-8")
    runs = {"build-limits": ["build-limits"]}
    runs |= {f"test-{python}": [one.name for one in lanes(python, TABLE)] for python in ("3.14", "3.13t")}
    for session, names in runs.items():
        left = results.fresh(tmp_path, session)
        for name in names:
            for suffix in ("xml", "collected"):
                shutil.copy(lane / f"lane.{suffix}", left / f"{name}.{suffix}")
    return results.folder(tmp_path)


SESSIONS = [("test-3.13t", "3.13t", "B5"), ("test-3.14", "3.14", "3f"), ("build-limits", None, "3h")]


@pytest.mark.parametrize(("session", "python", "claim"), SESSIONS)
def test_a_claim_that_no_test_of_a_session_carries_is_told(sessions, session, python, claim):
    completeness.verify(session, python)
    for file in (sessions / session).glob("*.collected"):
        file.write_text(file.read_text(encoding="utf-8").replace(f'"{claim}"', '"B1"'), encoding="utf-8")
    gap = f"{session}: there is no test of {claim} "
    with pytest.raises(UserError, match=rf"(?s)^Not everything was tested.*\n{gap}"):
        completeness.verify(session, python)


def test_a_test_of_cargo_that_proves_a_claim_must_have_passed(sessions):
    completeness.verify("rust")
    (sessions / "rust" / "cargo.txt").write_text(CARGO.replace("... ok", "... ignored"), encoding="utf-8")
    with pytest.raises(UserError, match=r"\ncargo test: .*, which proves J3, did not pass\."):
        completeness.verify("rust")


@pytest.mark.skipif(shutil.which("rustc") is None, reason="there is no Rust")
def test_a_test_of_cargo_that_did_not_pass_is_told(tmp_path):
    proofs = [(claim.id, test) for claim in claims.load()[1] for test in claim.proven_by]
    body = 'assert!(std::env::var_os("DEFECT").is_none());'
    tests = [f"#[test] fn {test.rpartition('::')[2]}() {{ {body} }}" for _, test in proofs]
    (tmp_path / "it.rs").write_text("mod tests {" + "\n".join(tests) + "}", encoding="utf-8")
    subprocess.run(["rustc", "--test", "it.rs", "-o", "it"], cwd=tmp_path, check=True)

    def told(*arguments, **variables):
        command, env = [tmp_path / "it", *arguments], {**os.environ, **variables}
        run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        return [*completeness.gaps_of_cargo(run.stdout)]

    gaps = [f"cargo test: {test}, which proves {id_}, did not pass." for id_, test in proofs]
    assert told() == []
    assert told("no such test") == gaps
    assert told("--skip", "loses_nothing") == gaps[-1:]
    assert told(DEFECT="1") == gaps


def test_gaps_are_an_error_and_the_first_of_many_are_told():
    completeness.require_none([])
    with pytest.raises(
        UserError, match=r"(?s)^Not everything was tested.*\ngap 0\n.*gap 9\n\.\.\. and 2 more\.$"
    ):
        completeness.require_none(f"gap {number}" for number in range(12))
