"""`@pytest.mark.gil`, and what pytest makes of the assertions: both in a run of its own."""

import os

import pytest

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.process,
    pytest.mark.thread_unsafe(reason="waits for a process"),
]

SUITE = """
import os, time, unittest
import pytest
from gil import hold, release
from gil.testing import assert_releases_gil

LASTS = float(os.environ["LASTS"])

@pytest.mark.gil(releases=0.9)
def test_releases():
    release(LASTS)

@pytest.mark.gil(holds=0.9)
def test_holds():
    hold(LASTS)

@pytest.mark.gil(releases=0.9)
def test_does_not_release():
    hold(LASTS)

@pytest.mark.gil(holds=0.9)
def test_raises():
    raise ZeroDivisionError

@pytest.mark.gil(releases=0.9)
def test_is_too_short():
    pass

@pytest.mark.gil(0.9)
def test_bad_argument():
    raise AssertionError("was called")

@pytest.mark.gil(releases=0.9, holds=0.9)
def test_both():
    raise AssertionError("was called")

@pytest.mark.gil(holds=2)
def test_bad_share():
    raise AssertionError("was called")

class TestOld(unittest.TestCase):
    @pytest.mark.gil(holds=0.9)
    def test_of_unittest(self):
        hold(LASTS)

def test_assertion():
    assert_releases_gil(hold, 0.05, seconds=0.06)
"""
# On Windows pytest-timeout can only end the process, and all other tests with it.
ENDED = os.name != "nt"
if ENDED:
    SUITE += """
@pytest.mark.timeout(0.1)
def test_never_returns():
    assert_releases_gil(time.sleep, 3600)
"""


@pytest.fixture(scope="module")
def failures(run_python, tmp_path_factory):
    """Return what pytest says of each test of SUITE."""
    folder = tmp_path_factory.mktemp("marked")
    (folder / "test_it.py").write_text(SUITE, encoding="utf-8")
    outer = dict.fromkeys(["PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "CI"])
    options = ("-p", "no:cacheprovider", "-q", "--strict-markers", "--parallel-threads=4", "--rootdir")
    judged = ("test_releases", "test_holds", "test_does_not_release")
    for lasts in ("0.02", "0.3", "1", "5"):  # a busy machine may leave too little time to look at one call
        run = run_python("-m", "pytest", *options, str(folder), str(folder), **outer, LASTS=lasts)
        assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
        said = said_of_each_test(run.stdout)
        if not any(said[name].startswith("Could not be measured: ") for name in judged):
            break
    return said


def said_of_each_test(output):
    said = {}
    for line in output.splitlines():
        if line.startswith("___"):
            lines = said.setdefault(line.strip("_ ").rpartition(".")[2], [])
        elif line.startswith("==="):
            lines = []
        elif said:
            lines.append(line)
    named = {line.split("def ")[1].partition("(")[0] for line in SUITE.splitlines() if "def test_" in line}
    return {name: "\n".join(said.get(name, ["it passed"])) for name in named}


def test_only_those_pass_that_do_what_they_say(failures):
    assert {name for name, said in failures.items() if said == "it passed"} == {"test_releases", "test_holds"}


def test_a_test_that_does_not_release_fails(failures):
    """Without a traceback: it has run to its end."""
    said = failures["test_does_not_release"]
    assert said.startswith("test_does_not_release was detached for ")
    assert "; at least 90 % was asked for." in said
    assert " looks at one call of " in said
    assert "\n  call        " in said


def test_what_a_test_raises_counts(failures):
    assert failures["test_raises"].endswith("ZeroDivisionError")


def test_a_test_that_is_too_short_does_not_pass(failures):
    """If a busy machine lets it wait for a processor, it is long enough to see that it is attached."""
    known = ("Could not be measured: ", "test_is_too_short was detached for ")
    assert failures["test_is_too_short"].startswith(known)


@pytest.mark.parametrize("name", ["test_bad_argument", "test_both"])
def test_other_arguments_are_refused(failures, name):
    assert (
        failures[name] == "@pytest.mark.gil: give it either releases=SHARE or holds=SHARE, and nothing else"
    )


def test_a_test_that_cannot_be_judged_does_not_pass(failures):
    assert failures["test_of_unittest"].startswith(
        "@pytest.mark.gil judges test functions, and this is none "
    )


def test_a_bad_share_is_refused(failures):
    assert failures["test_bad_share"].startswith("@pytest.mark.gil: holds must be above 0 and below 1, ")


def test_a_failing_assertion_shows_the_line_of_the_test(failures):
    """And none of the code that measures."""
    said = failures["test_assertion"]
    assert ">       assert_releases_gil(hold, 0.05, seconds=0.06)" in said
    assert "hold was detached for " in said or "NotMeasuredError: Could not be measured: " in said
    assert "measure(" not in said


@pytest.mark.skipif(not ENDED, reason="pytest-timeout ends the whole process on Windows")
def test_a_call_that_never_returns_is_ended_by_a_timeout(failures):
    assert "Timeout (>0.1s) from pytest-timeout" in failures["test_never_returns"]
