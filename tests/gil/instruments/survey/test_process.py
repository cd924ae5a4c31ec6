"""Calls that end, hang or fork their process."""

import concurrent.futures
import os
import sys

import pytest

from gil.instruments import child_process
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


told = []
HOLD = Request("gil", "hold", arguments=("1e6",), repeat=False, path=tuple(sys.path))


def code(text, **options):
    return Request(code=text, repeat=False, path=tuple(sys.path), **options)


def about_hanging(request, told, *early):
    """Ask about what hangs, for longer where a busy machine takes all the time for what comes before."""
    too_early = tuple(f"{what} did not come back within " for what in ("Starting Python", *early))
    for timeout in (0.4, 2, 8):
        told.clear()
        try:
            ask(request, timeout, tell=told.append, quiet=True)
        except MeasurementError as error:
            if not str(error).startswith(too_early):
                raise


def about_ending(folder, function=None):
    """Ask about a module that ends the process when it is imported."""
    return ask(Request("ends", function, path=(str(folder), *sys.path)), 30, quiet=True)


# Quiet, because pytest replaces standard error from one test to the next, which Windows does not take well
# while a process is being started.
ASKED = {
    "exit": lambda _: asked("os:_exit", "5", quiet=True),
    "crash": lambda _: asked("os:abort", quiet=True),
    "kill": lambda _: ask(code("os.kill(os.getpid(), 15)", setup="import os"), 30, quiet=True),
    "close": lambda _: ask(code("os.closerange(0, 256)", setup="import os"), 30, quiet=True),
    "hang": lambda _: about_hanging(HOLD, told, "Importing 'gil'"),
    "import": lambda folder: about_ending(folder, "f"),
    "names": about_ending,
    "hanging names": lambda folder: about_hanging(Request("hangs", path=(str(folder), *sys.path)), []),
    "setup": lambda _: ask(code("1", setup="import os; os._exit(3)"), 30, quiet=True),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Ask all at the same time, so that none waits for another."""
    folder = tmp_path_factory.mktemp("ending")
    (folder / "ends.py").write_text("import os; os._exit(3)")
    (folder / "hangs.py").write_text("import time; time.sleep(60)")
    with concurrent.futures.ThreadPoolExecutor(len(ASKED)) as pool:
        yield {name: pool.submit(ask_it, folder) for name, ask_it in ASKED.items()}


def test_a_call_that_ends_the_process(answers):
    with pytest.raises(MeasurementError, match=r"^os:_exit ended the process with exit code 5\.$"):
        answers["exit"].result()


@posix
def test_a_call_that_crashes(answers):
    with pytest.raises(MeasurementError, match=r"^os:abort crashed the process: SIGABRT\.$"):
        answers["crash"].result()


@posix
def test_a_call_that_is_ended_by_a_signal(answers):
    with pytest.raises(MeasurementError, match=r"^The code was ended by SIGTERM\.$"):
        answers["kill"].result()


def test_a_call_that_closes_all_that_is_open(answers):
    assert answers["close"].result()["probe"]["calls"] == 1


@pytest.mark.parametrize(
    ("name", "what"),
    [("import", "Importing 'ends'"), ("names", "Importing 'ends'"), ("setup", "The setup")],
)
def test_what_goes_wrong_before_the_call_is_no_fault_of_it(answers, name, what):
    with pytest.raises(MeasurementError, match=rf"^{what} ended the process with exit code 3\.$"):
        answers[name].result()


def test_an_import_that_hangs_for_the_names_of_a_module(answers):
    with pytest.raises(
        MeasurementError, match=r"^Importing 'hangs' did not come back within (0\.4|2|8) s; --timeout gives"
    ):
        answers["hanging names"].result()


def test_a_call_that_keeps_the_gil_and_never_returns(answers):
    with pytest.raises(
        MeasurementError, match=r"^gil:hold did not come back within (0\.4|2|8) s; --timeout gives"
    ):
        answers["hang"].result(20)
    assert told == sorted(told)
    assert told[0] > 0


@pytest.mark.parametrize("request_", [HOLD, code("1"), Request("gil")], ids=["call", "code", "names"])
def test_a_python_that_does_not_start_in_time_is_no_fault_of_the_call(request_):
    with pytest.raises(
        MeasurementError, match=r"^Starting Python did not come back within 0\.001 s; --timeout gives"
    ):
        ask(request_, 0.001)


@posix
def test_a_call_that_forks_leaves_no_process(capfd, monkeypatch):
    """Neither a child that comes back, nor one that sleeps on; and what the call prints is no answer."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    code = "print('hello'); child = os.fork(); child or time.sleep(1000)"
    request = Request(code=code, setup="import os, time", repeat=False, path=tuple(sys.path))
    group = child_process._group()
    monkeypatch.setattr(child_process, "_group", lambda: {**group, "pass_fds": [writing]})
    try:
        answer = ask(request, 30)
    finally:
        os.close(writing)
    said = " ".join([answer["probe"]["sentence"], *answer["probe"]["notes"]])
    assert "The call forks, and so was made once;" in said
    assert os.read(reading, 1) == b""  # all that had the other end have ended
    os.close(reading)
    printed = capfd.readouterr()
    assert (printed.out, printed.err.split()) == ("", ["hello"])


def test_filters_of_warnings_are_passed_on(monkeypatch):
    monkeypatch.setattr(sys, "warnoptions", ["ignore::ImportWarning"])
    code = "assert 'ignore::ImportWarning' in sys.warnoptions, sys.warnoptions"
    assert ask(Request(code=code, setup="import sys", repeat=False, path=tuple(sys.path)), 30)["probe"]


def test_nobody_is_warned_of_a_coroutine_that_is_only_made(capfd):
    assert ask(code("made()", setup="async def made(): ..."), 30)["probe"]
    assert capfd.readouterr() == ("", "")


@posix
def test_an_exception_meanwhile_ends_the_process(monkeypatch):
    """As Ctrl-C is, in the process that waits."""
    reading, writing = os.pipe()
    group = child_process._group()
    monkeypatch.setattr(child_process, "_group", lambda: {**group, "pass_fds": [writing]})
    monkeypatch.setattr(process, "_STEP", 0.02)

    def interrupt(gone):
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            ask(HOLD, 30, tell=interrupt)
    finally:
        os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)
