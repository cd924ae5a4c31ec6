"""Calls that end, hang or fork their process."""

import os
import sys
import time

import pytest

from gil.instruments.survey import process
from gil.instruments.survey.errors import MeasurementError
from gil.instruments.survey.process import ask
from gil.instruments.survey.request import Request

pytestmark = [
    pytest.mark.process,
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="waits for processes"),
]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and processes")


def asked(function, *arguments, timeout=30, **options):
    module, _, name = function.partition(":")
    request = Request(module, name, arguments=arguments, repeat=False, path=tuple(sys.path))
    return ask(request, timeout, **options)


def test_what_the_call_prints_is_not_in_the_answer(capfd):
    answer = asked("builtins:print", "'hello'")
    assert answer["probe"]["name"] == "builtins:print"
    assert capfd.readouterr() == ("", "hello\n")


def test_a_call_that_ends_the_process():
    with pytest.raises(MeasurementError, match=r"^os:_exit ended the process with exit code 5\.$"):
        asked("os:_exit", "5")


@posix
def test_a_call_that_crashes():
    with pytest.raises(MeasurementError, match=r"^os:abort crashed the process: SIGABRT\.$"):
        asked("os:abort", quiet=True)


def test_a_call_that_keeps_the_gil_and_never_returns():
    told = []
    begun = time.monotonic()
    with pytest.raises(MeasurementError, match=r"^gil:hold did not come back within 0\.5 s; --timeout gives"):
        asked("gil:hold", "1e6", timeout=0.5, tell=told.append)
    assert time.monotonic() - begun < 20
    assert told == sorted(told)
    assert told[0] > 0


@posix
def test_a_call_that_forks_leaves_no_process(tmp_path):
    """Neither a child that comes back from the call, nor one that sleeps on."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    request = Request(
        code="if not os.fork(): time.sleep(1000)", setup="import os, time", repeat=False, path=tuple(sys.path)
    )
    before = process._group
    try:
        process._group = lambda: {**before(), "pass_fds": [writing]}
        answer = ask(request, 30)
    finally:
        process._group = before
        os.close(writing)
    assert answer["probe"]["notes"][0].startswith("The call forks")
    assert os.read(reading, 1) == b""  # all that had the other end have ended
    os.close(reading)


def test_the_interpreters_options_are_passed_on(monkeypatch):
    monkeypatch.setattr(sys, "_xoptions", {"dev": True, "utf8": "1"})
    monkeypatch.setattr(sys, "warnoptions", ["ignore"])
    assert process._options() == ["-Xdev", "-Xutf8=1", "-Wignore"]


@posix
def test_an_exception_meanwhile_ends_the_process():
    """As Ctrl-C is, in the process that waits."""
    reading, writing = os.pipe()
    before = process._group

    def interrupt(gone):
        raise KeyboardInterrupt

    try:
        process._group = lambda: {**before(), "pass_fds": [writing]}
        with pytest.raises(KeyboardInterrupt):
            asked("gil:hold", "1e6", tell=interrupt)
    finally:
        process._group = before
        os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)
