"""The process that a probe runs in: ``gil.instruments.survey.process`` starts it.

It reads a request from standard input and writes to a file, line by line: what it is at, then the answer.
What the call itself prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

from gil.instruments.probe import batch, measure
from gil.instruments.report import Report
from gil.instruments.survey import made_up, names, target
from gil.instruments.survey.errors import MeasurementError, SurveyError, UsageError
from gil.instruments.survey.request import Request

if TYPE_CHECKING:
    import types
    from collections.abc import Callable


def main() -> None:
    """Answer one request, and end without waiting for threads that the call has left behind."""
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    deadline, file, written = json.load(sys.stdin)
    report = Report(file)
    # Nobody awaits what a repeated call makes; a note of the probe says that it only made a coroutine.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    sys.stdin.close()
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - open to the end
    # A thread of C's own, should this process lose the one that has started it.
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        faulthandler.dump_traceback_later(deadline, exit=True, file=nowhere)
        try:
            answer = _answer(Request.from_json(written), lambda what: report.tell(at=what))
        except SurveyError as error:
            answer = {"error": str(error), "code": error.code}
        report.tell(answer=answer)
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(0)


def _call(request: Request, tell_at: Callable[[str], None]) -> target.Call:
    """Return what to call, after what has to run first."""
    at_hand = target.Names(None if request.module is None else _module(request.module, tell_at))
    if request.setup is not None:
        tell_at("The setup")
        run = target.code(request.setup, at_hand)
        try:
            run()
        except SystemExit as error:
            raise MeasurementError(f"The setup {target.ending(error)}.") from None
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told in a sentence
            raise MeasurementError(f"The setup raises {target.spelled(error)}.") from None
    tell_at(request.name)
    if request.code is not None:
        return target.Call(request.name, target.code(request.code, at_hand))
    function = target.function(target.module(str(request.module)), str(request.function))
    if request.generate:
        args, kwargs = made_up.arguments(function)
    else:
        args, kwargs = target.arguments(request.arguments, at_hand)
    call = target.Call(request.name, function, args, kwargs)
    call.check()
    return call


def _module(name: str, tell_at: Callable[[str], None]) -> types.ModuleType:
    tell_at(f"Importing '{name}'")
    return target.module(name)


def _is_of_the_call(error: TypeError) -> bool:
    """Whether an exception comes from the call, and not from within: no Python code of its own had run."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_code.co_filename == batch.__file__


def _answer(request: Request, tell_at: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    sys.path[:] = request.path
    if request.code is None and request.function is None:
        return {"names": names.of(_module(str(request.module), tell_at))}
    try:
        call = _call(request, tell_at)
        found = measure(
            call.function,
            call.args,
            call.kwargs,
            seconds=request.seconds,
            repeat=request.repeat,
            name=call.name,
        )
    except SurveyError:
        raise
    except SystemExit as error:
        raise MeasurementError(f"{request.name} {target.ending(error)}.") from None
    except BaseException as error:  # noqa: BLE001 - also what is no Exception is told in a sentence
        if isinstance(error, TypeError) and _is_of_the_call(error):
            raise UsageError(f"{request.name} cannot be called like this: {target.spelled(error)}.") from None
        raise MeasurementError(f"{request.name} raises {target.spelled(error)}.") from None
    return {"probe": found.as_json()}
