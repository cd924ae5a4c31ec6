"""The processes in which calls and imports are measured: how they start, and when they are ended."""

import itertools
import subprocess
import sys

import pytest

from gil.instruments.child_process import run

pytestmark = [
    pytest.mark.process,
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="waits for a process"),
]
ASK = "from gil.instruments.child_process import interpreter; print(*interpreter({})[1:])"


@pytest.mark.parametrize(
    ("options", "names", "passed_on"),
    [
        ((), "", "-P"),
        (("-E", "-s"), "", "-P -E -s"),
        (("-I",), "", "-P -I -E -s"),
        (("-X", "frozen_modules=off", "-X", "utf8"), "", "-P -Xfrozen_modules=off -Xutf8"),
        (("-X", "frozen_modules=off", "-X", "utf8"), "'gil', 'utf8'", "-P -Xutf8"),
    ],
)
def test_options_are_passed_on(run_python, options, names, passed_on):
    ran = run_python(*options, "-c", ASK.format(names))
    assert (ran.stdout, ran.stderr) == (f"{passed_on}\n", "")


def test_a_process_that_takes_too_long_is_ended():
    assert run([sys.executable, "-c", "import time; time.sleep(20)"], 0.1, step=60) is None


def test_the_steps_are_told_however_busy_the_machine_is(monkeypatch):
    """Where less than no time is left, Python 3.11.8 for Windows waits for ever: python/cpython#90872."""
    monkeypatch.setattr(subprocess, "_time", itertools.count().__next__)  # each look at it takes a second
    told = []

    def tell(gone):
        told.append(gone)
        if len(told) == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        run([sys.executable, "-c", "import time; time.sleep(20)"], 60, tell=tell, step=0.01)
    assert told == sorted(told)


def test_nobody_answers_a_process_that_asks():
    assert run([sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.read()))"], 30, step=0.2) == 0
