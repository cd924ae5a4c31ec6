"""The process that a probe runs in: ``gil.instruments.survey.process`` starts it.

It reads a request from standard input and writes the answer to what was its standard output; what the call
itself prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import sys
from typing import Any

from gil.instruments.probe import batch, measure
from gil.instruments.survey import made_up, names, target
from gil.instruments.survey.errors import MeasurementError, SurveyError, UsageError
from gil.instruments.survey.request import Request


def main() -> None:
    """Answer one request, and end without waiting for threads that the call has left behind."""
    parent = os.getpid()
    answers = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    deadline, written = json.loads(sys.stdin.readline())
    sys.stdin.close()
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - open to the end
    # A thread of C's own, should this process lose the one that has started it.
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        faulthandler.dump_traceback_later(deadline, exit=True, file=nowhere)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: _close(answers))
        try:
            answer = _answer(Request.from_json(written))
        except SurveyError as error:
            answer = {"error": str(error), "code": error.code}
        if os.getpid() != parent:
            os._exit(0)  # a child that the call has forked, and that came back from it
        with open(answers, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(json.dumps(answer))
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(0)


def _close(answers: int) -> None:
    with contextlib.suppress(OSError):
        os.close(answers)


def _call(request: Request) -> target.Call:
    """Return what to call, after what has to run first."""
    at_hand = target.Names(None if request.module is None else target.module(request.module))
    if request.setup is not None:
        run = target.code(request.setup, at_hand)
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - SystemExit, too, is told in a sentence
            raise MeasurementError(f"The setup raises {target.spelled(error)}.") from None
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


def _is_of_the_call(error: TypeError) -> bool:
    """Whether an exception comes from the call, and not from within: no Python code of its own had run."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_code.co_filename == batch.__file__


def _answer(request: Request) -> dict[str, Any]:
    sys.path[:] = request.path
    if request.code is None and request.function is None:
        return {"names": names.of(target.module(str(request.module)))}
    call = _call(request)
    try:
        found = measure(
            call.function,
            call.args,
            call.kwargs,
            seconds=request.seconds,
            repeat=request.repeat,
            name=call.name,
        )
    except SystemExit as error:
        raise MeasurementError(f"{call.name} ends the process: {target.spelled(error)}.") from None
    except BaseException as error:  # noqa: BLE001 - also what is no Exception is told in a sentence
        if isinstance(error, TypeError) and _is_of_the_call(error):
            raise UsageError(f"{call.name} cannot be called like this: {target.spelled(error)}.") from None
        raise MeasurementError(f"{call.name} raises {target.spelled(error)}.") from None
    return {"probe": found.as_json()}
