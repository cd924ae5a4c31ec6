"""What several files ask of the command line, of the demo, and of how long a sleep takes."""

import contextlib
import importlib.util
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gil import cli

# cibuildwheel tests a wheel as it is, without the module of hazards, which no wheel has. Where a session of
# nox lacks it, tests/hazards fails.
collect_ignore = (
    []
    if importlib.util.find_spec("gil_hazards")
    else [
        "cli/test_imports.py",
        "instruments/imports/test_inspection.py",
        "instruments/imports/test_watch.py",
        "instruments/test_sampler.py",
        "instruments/test_status.py",
    ]
)


@pytest.fixture
def invoke():
    """Call `gil` with arguments. It replaces sys.stdout, so pyproject.toml calls this thread-unsafe."""

    def run(*arguments):
        return CliRunner().invoke(cli.main, arguments)

    return run


@pytest.fixture(scope="session")
def gil_enabled(run_python):
    """Whether a process has a GIL; asked of one, as this one may have been started with -X gil."""
    asked = run_python("-c", "import sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())")
    return {"True": True, "False": False}[asked.stdout.strip()]


@pytest.fixture
def count_background_threads():
    """Wait until the process has so many threads of the instruments, which Python does not know.

    One may be there for a moment that has not its name yet, or that has been ended.
    """
    if sys.platform != "linux":
        pytest.skip("only Linux tells the threads of a process by name")

    def names():
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                yield (task / "comm").read_text().strip()

    def count(expected):
        deadline = time.monotonic() + 15
        while len(found := [name for name in names() if name.startswith("gil-")]) != expected:
            assert time.monotonic() < deadline, found
            time.sleep(0.001)

    return count


def slept(seconds):
    begun = time.perf_counter_ns()
    time.sleep(seconds)
    return (time.perf_counter_ns() - begun) / 1e9


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


def proven_or_spoilt(result):
    """Whether a run of the demo proved something; fail unless a busy machine is why it did not.

    Rust's and Python's thread are to start together, and Python's sleep to end a fifth into Rust's attached
    phase. A machine may spoil that by a late start, or a late end of a sleep, of at least a tenth of the
    phase; a run that proves nothing and has neither is a defect. Longer phases take longer delays.
    """
    ns = {(event["thread_name"], event["label"]): event["ns"] for event in result["events"]}
    phase, ms = round(result["detached_s"] * 1e9), result["python_late_ms"]
    apart = abs(ns["Python", "sleep"] - ns["Rust", "detached"])
    rust_late = ns["Rust", "attach"] - ns["Rust", "detached"] - phase
    # With a GIL Python has to come late: it waits for Rust.
    late = max(apart, rust_late, 0 if result["gil_enabled"] else ms * 1e6)
    assert result["proven"] or late > phase / 10, result["verdict"]
    return result["proven"]


@pytest.fixture(scope="session")
def until_proven():
    """Return the first run that proved something; `start` gets the length of a phase, and returns a run and
    the demo's result as `--json` writes it.
    """

    def run(start):
        for phase in (0.25, 1, 4):
            ran, result = start(phase)
            if proven_or_spoilt(result):
                return ran
        pytest.fail("the machine was too busy each time")

    return run
