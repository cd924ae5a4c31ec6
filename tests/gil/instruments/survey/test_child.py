"""Answers to requests, without a process of their own."""

import sys
from dataclasses import replace

import pytest

from gil.instruments.survey import child
from gil.instruments.survey.errors import MeasurementError, UsageError
from gil.instruments.survey.request import Request

pytestmark = pytest.mark.thread_unsafe(reason="changes where imports come from")

MODULE = """
import sys, threading
def needs(argument): ...
def raises(): raise ValueError("not today")
def exits(): sys.exit("enough")
def interrupts(): raise KeyboardInterrupt
def double(n): return 2 * n
WORTH = 4
"""


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """Answer a request about the module above."""
    (tmp_path / "asked_about.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "asked_about", raising=False)

    def ask(function=None, *arguments, seconds=0.02, **options):
        module = None if "code" in options else "asked_about"
        path = (str(tmp_path), *sys.path)
        return child._answer(
            Request(module, function, arguments=arguments, seconds=seconds, path=path, **options)
        )

    return ask


def repeated(answer, *asked, **options):
    """Return the probe of a call that may be repeated, with more time if a busy machine left too little."""
    for seconds in (0.02, 0.2, 2):
        written = answer(*asked, seconds=seconds, **options)["probe"]
        if written["calls"] > 1:
            return written
    pytest.fail(f"called once within {seconds} s")


def test_a_probe_is_written(answer):
    assert repeated(answer, "double", "WORTH")["name"] == "asked_about:double"


def test_once_is_once(answer):
    assert answer("double", "n=WORTH", repeat=False)["probe"]["calls"] == 1


def test_the_setup_runs_first(answer):
    assert repeated(answer, "double", "three", setup="three = WORTH - 1")


def test_code_is_probed_too(answer):
    written = answer(code="five + 1", setup="five = 5")["probe"]
    assert written["name"] == "The code"


def test_arguments_are_made_up(answer):
    assert repeated(answer, "double", generate=True)


def test_names_are_listed(answer):
    assert answer()["names"] == dict.fromkeys(["double", "exits", "interrupts", "needs", "raises"])


@pytest.mark.parametrize(
    ("asked", "error", "sentence"),
    [
        (
            ["needs"],
            UsageError,
            "asked_about:needs(argument) cannot be called like this: missing a required argument:",
        ),
        (["raises"], MeasurementError, "asked_about:raises raises ValueError: not today."),
        (["exits"], MeasurementError, "asked_about:exits ends the process with exit code 1: enough."),
        (["interrupts"], MeasurementError, "asked_about:interrupts raises KeyboardInterrupt."),
        (["xyz"], UsageError, "asked_about has no 'xyz'."),
        (["double", "word"], UsageError, "The argument word needs a name that is not there"),
    ],
)
def test_what_goes_wrong_is_a_sentence(answer, asked, error, sentence):
    with pytest.raises(error) as raised:
        answer(*asked)
    assert str(raised.value).startswith(sentence)


def test_a_setup_that_raises(answer):
    with pytest.raises(MeasurementError, match=r"The setup raises ZeroDivisionError: division by zero\."):
        answer("double", "1", setup="1 / 0")


@pytest.mark.parametrize(
    ("asked", "options", "sentence"),
    [
        (["double", "1"], {"setup": "exit(4)"}, "The setup ends the process with exit code 4."),
        (["exits"], {"generate": True}, "asked_about:exits ends the process with exit code 1: enough."),
    ],
)
def test_an_exit_before_the_call(answer, asked, options, sentence):
    with pytest.raises(MeasurementError) as raised:
        answer(*asked, **options)
    assert str(raised.value) == sentence


def test_what_runs_is_told_of_before(tmp_path, monkeypatch):
    (tmp_path / "asked_about.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    request = Request("asked_about", "double", setup="n = 1", arguments=("n",), seconds=0.02)
    told = []
    child._answer(replace(request, path=(str(tmp_path), *sys.path)), told.append)
    assert told == ["Importing 'asked_about'", "The setup", "asked_about:double"]


def test_a_native_function_without_a_signature_refuses_by_itself():
    """Where there is no signature to check, the call's own TypeError is wrong usage."""
    with pytest.raises(UsageError, match="builtins:iter cannot be called like this: TypeError: "):
        child._answer(Request("builtins", "iter", arguments=("1", "2", "3"), path=tuple(sys.path)))
