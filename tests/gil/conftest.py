"""The command line without a process of its own, and how long a sleep takes beside Python's."""

import time

import pytest
from click.testing import CliRunner

from gil import cli


@pytest.fixture
def invoke():
    """Call `gil` with arguments. It replaces sys.stdout, so pyproject.toml calls this thread-unsafe."""

    def run(*arguments):
        return CliRunner().invoke(cli.main, arguments)

    return run


def slept(seconds):
    begun = time.monotonic_ns()
    time.sleep(seconds)
    return (time.monotonic_ns() - begun) / 1e9


@pytest.fixture(scope="session")
def times_as_long():
    """Say how many times as long as `time.sleep` something takes that should take equally long.

    Both are asked in turns, and the shortest of each counts: a busy machine makes a sleep longer and never
    shorter. So one good try out of fifty is proof; five are the least, lest the control is too long itself.
    Asked to be below 1.5, none that sleeps twice as long can pass.
    """

    def ratio(sleep, seconds=0.01):
        ours, control = [], []
        for tried in range(1, 51):
            control.append(slept(seconds))
            ours.append(sleep(seconds))
            times = min(ours) / min(control)
            if tried >= 5 and times < 1.5:
                break
        return times

    return ratio
