"""The demo as a function: what it concludes, and what it does with failures."""

import contextlib
import dataclasses
import io
import json
import math
import sys
import threading
import time

import pytest

import gil
from gil.lesson import demo

own_threads = pytest.mark.thread_unsafe(reason="starts threads and compares their clocks")
pure = pytest.mark.lane_independent
changes_stdout = pytest.mark.thread_unsafe(reason="replaces sys.stdout")

MS = 1_000_000
PY = {"enter": 0, "sleep": 1 * MS, "woke": 260 * MS, "exit": 262 * MS}
RUST = {"enter": 2 * MS, "attach": 203 * MS, "attached": 204 * MS, "acquire": 205 * MS, "exit": 405 * MS}
LATE = PY | {"woke": 406 * MS, "exit": 407 * MS}
SLEEP_NS = 240 * MS


def gil_enabled():
    return getattr(sys, "_is_gil_enabled", lambda: True)()


@pytest.fixture(scope="module")
def result(until_proven):
    def start(phase):
        result = demo.run(detached=phase, attached=phase)
        return result, result.as_json()

    return until_proven(start)


@own_threads
def test_order_is_that_of_the_gil_state(result):
    assert result.proven, result.verdict
    position = {step: place for place, step in enumerate(result.order)}
    assert len(position) == len(result.order) == 7
    assert position["Py: Enter"] < position["Py: Sleep"] < position["Py: Exit"]
    assert position["Rust: Enter"] < position["Rust: Release GIL"] < position["Rust: Acquire GIL"]
    if gil_enabled():
        assert result.order[-3:] == ("Rust: Acquire GIL", "Rust: Exit", "Py: Exit")
        assert "the GIL is on" in result.verdict
    else:
        assert result.order[-3:] == ("Rust: Acquire GIL", "Py: Exit", "Rust: Exit")
        assert "there is no GIL" in result.verdict


@own_threads
def test_result_describes_the_interpreter(result):
    info = gil.build_info()
    assert (result.python, result.free_threaded_build, result.gil_enabled) == (
        info.python,
        info.free_threaded_build,
        gil_enabled(),
    )


@own_threads
def test_result_has_the_numbers_of_its_events(result):
    moments = {(result.threads[event.thread], event.label): event.ns for event in result.events}
    assert len(moments) == len(result.events) == 4 + 7
    wait_ns = moments["Rust", "attached"] - moments["Rust", "attach"]
    slept_ns = moments["Python", "woke"] - moments["Python", "sleep"]
    assert result.rust_wait_ms == wait_ns / 1e6
    assert result.attached_s == result.detached_s
    assert result.sleep_s == pytest.approx(1.2 * result.detached_s)
    assert result.python_late_ms == pytest.approx(slept_ns / 1e6 - result.sleep_s * 1e3)
    if gil_enabled():
        # Due a fifth into the attached phase; a proven run leaves no other explanation.
        assert moments["Python", "woke"] > moments["Rust", "exit"]
    assert result.python_late_ms >= 0


@own_threads
def test_result_doubles(result):
    assert result.doubled == {"Python": [2, 4, 6], "Rust": [2, 4, 6]}


@own_threads
def test_result_is_frozen(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.proven = False


@own_threads
def test_json_has_everything(result):
    plain = json.loads(json.dumps(result.as_json(), allow_nan=False))
    fields = {field.name for field in dataclasses.fields(result)} - {"threads"}
    assert set(plain) == fields
    for name in fields - {"events", "order"}:
        assert plain[name] == getattr(result, name)
    assert plain["order"] == list(result.order)
    assert [(e["ns"], e["thread"], e["label"], e["attached"]) for e in plain["events"]] == [
        (e.ns, e.thread, e.label, e.attached) for e in result.events
    ]
    assert {e["thread_name"] for e in plain["events"] if e["label"] == "woke"} == {"Python"}
    assert {e["thread_name"] for e in plain["events"] if e["label"] == "acquire"} == {"Rust"}


def wait_for_the_threads_end():
    deadline = time.monotonic() + 30
    while any(thread.name.startswith(demo.__name__) for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@own_threads
def test_demo_leaves_no_thread_behind(result):
    wait_for_the_threads_end()


@pure
@pytest.mark.parametrize("gil_enabled", [True, False])
def test_judge_agrees_with_the_gil(gil_enabled):
    proven, verdict = demo.judge(
        LATE if gil_enabled else PY, RUST, sleep_ns=SLEEP_NS, gil_enabled=gil_enabled
    )
    assert proven
    assert verdict.startswith(
        f"This run proves that {'the GIL is on' if gil_enabled else 'there is no GIL'}: the Python thread"
    )


@pure
@pytest.mark.parametrize(
    ("py", "rust", "enabled", "flaw"),
    [
        (PY, RUST, True, "the GIL is on, and yet"),
        (LATE, RUST, False, "there is no GIL, and yet"),
        # Woken up in time, but not done in time.
        (PY | {"exit": 406 * MS}, RUST, False, "there is no GIL, and yet"),
        (PY | {"exit": 406 * MS}, RUST, True, "the GIL is on, and yet"),
        # The thread's start was late: with the order of a GIL, but for no reason of the GIL's.
        (LATE | {"sleep": 170 * MS}, RUST, True, "did not end while"),
        (LATE | {"sleep": 170 * MS}, RUST, False, "did not end while"),
        # The other one's start was late.
        (PY, RUST | {"attached": 250 * MS, "acquire": 251 * MS}, False, "did not end while"),
        (PY, RUST | {"attached": 230 * MS, "acquire": 265 * MS}, False, "was done before"),
    ],
)
def test_judge_refuses_to_conclude(py, rust, enabled, flaw):
    proven, verdict = demo.judge(py, rust, sleep_ns=SLEEP_NS, gil_enabled=enabled)
    assert not proven
    assert verdict.startswith("This run proves nothing (")
    assert flaw in verdict
    assert verdict.endswith("run it again.")


@pure
def test_every_verdict_is_one_sentence():
    for py in (PY, LATE):
        for enabled in (True, False):
            _, verdict = demo.judge(py, RUST, sleep_ns=SLEEP_NS, gil_enabled=enabled)
            assert verdict.count(".") == 1
            assert verdict.isascii()


@pure
@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, -math.inf, 3600.5])
def test_bad_seconds(seconds):
    with pytest.raises(
        ValueError, match=r"^detached must be more than 0 and at most 3600 seconds, got \S+\.$"
    ):
        demo.check(seconds, 1)
    with pytest.raises(ValueError, match=r"^attached must be more than 0 "):
        demo.check(1, seconds)


@pure
@pytest.mark.parametrize(("detached", "attached"), [(1, 0.1), (1, 0.2), (0.3, 0.06), (100, 19.9)])
def test_attached_too_short_for_the_sleep_to_end_in_it(detached, attached):
    with pytest.raises(ValueError, match=r"^attached must be more than \S+ seconds with detached = "):
        demo.check(detached, attached)


@pure
@pytest.mark.parametrize(("detached", "attached"), [(1, 1), (3600, 3600), (1, 0.21), (1e-3, 1)])
def test_good_seconds(detached, attached):
    demo.check(detached, attached)


@pure
def test_run_checks_before_it_starts():
    with pytest.raises(ValueError, match=r"^attached must be"):
        demo.run(detached=1, attached=0.1)


class Writes(io.RawIOBase):
    """A stdout at its lowest level: what each system call would get."""

    def __init__(self):
        self.seen = []

    def writable(self):
        return True

    def write(self, data):
        self.seen.append(bytes(data))
        return len(data)


def writes_of(function):
    writes = Writes()
    # How Python opens stdout under PYTHONUNBUFFERED.
    unbuffered = io.TextIOWrapper(writes, encoding="utf-8", newline="\n", write_through=True)
    with contextlib.redirect_stdout(unbuffered):
        function("Py: Exit...")
    return writes.seen


@changes_stdout
def test_a_line_is_one_write():
    assert writes_of(demo.say) == [b"Py: Exit...\n"]


@changes_stdout
def test_print_is_the_trap():
    assert writes_of(print) == [b"Py: Exit...", b"\n"]


@changes_stdout
def test_no_stdout_at_all():
    with contextlib.redirect_stdout(None):
        demo.say("nobody hears it")


class FullDisk(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


@own_threads
def test_failure_of_a_thread_is_raised_at_once(capfd):
    def printed(phase):
        with contextlib.redirect_stdout(FullDisk()), pytest.raises(OSError, match="No space left"):
            demo.run(detached=phase, attached=phase)
        before = capfd.readouterr().out
        wait_for_the_threads_end()
        return before.splitlines()[2:], capfd.readouterr().out.splitlines()[-2:]

    # The longer one is for a machine so loaded that the Rust thread was done first.
    assert ([], ["Rust: Acquire GIL...", "Rust: Exit..."]) in map(printed, (0.5, 3))
