"""A request answered by a process of its own, so that no crash, exit or hang of a call ends the caller."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from gil.instruments.child_process import end, interpreter, signal_name
from gil.instruments.survey.errors import MeasurementError, SurveyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gil.instruments.survey.request import Request

_START = "from gil.instruments.survey.child import main; main()"
# The process ends itself so long after it should have been ended.
_GRACE = 10.0
_TICK = 0.2


def ask(
    request: Request,
    timeout: float,
    *,
    folder: str | None = None,
    quiet: bool = False,
    tell: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Return the answer to a request from a new process of this interpreter, with the same options.

    ``folder`` is where it works, also for temporary files. ``quiet`` drops what the call prints; otherwise
    that goes to standard error. ``tell`` is called with the seconds gone now and then. When this returns or
    raises, the process has ended, and on POSIX what it has started, too.

    Raises:
        UsageError: the request makes no sense.
        MeasurementError: there is no answer within ``timeout`` seconds, or none at all.

    """
    variables = dict.fromkeys(["TMPDIR", "TEMP", "TMP"], folder) if folder else {}
    process = subprocess.Popen(
        [*interpreter(), *(f"-W{option}" for option in sys.warnoptions), "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Where this process was started without one, the other needs one all the same: it writes there.
        stderr=subprocess.DEVNULL if quiet or sys.__stderr__ is None else None,
        cwd=folder,
        env={**os.environ, **variables},
        **_group(),
    )
    with process:
        try:
            out, hung = _communicate(
                process, json.dumps([timeout + _GRACE, request.as_json()]), timeout, tell
            )
        finally:
            end(process)
    return _answer(request, out, process.returncode, timeout if hung else None)


def _communicate(
    process: subprocess.Popen[bytes], text: str, timeout: float, tell: Callable[[float], None] | None
) -> tuple[bytes, bool]:
    """Return what it wrote, and whether it had to be ended."""
    begun = time.monotonic()
    written: bytes | None = f"{text}\n".encode()
    while (gone := time.monotonic() - begun) < timeout:
        try:
            out, _ = process.communicate(written, timeout=min(_TICK, timeout - gone))
        except subprocess.TimeoutExpired:
            written = None  # the first time has seen to all of it
            if tell:
                tell(time.monotonic() - begun)
        else:
            return out, False
    end(process)
    # What the call has started may still have the pipe, and the answer may be in it.
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.communicate(timeout=1)[0], True
    return b"", True


def _group() -> dict[str, Any]:
    """Return what puts a process into a group of its own, which a terminal's Ctrl-C does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def _answer(request: Request, out: bytes, code: int, hung_after: float | None) -> dict[str, Any]:
    try:
        answer = json.loads(out)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        if "error" in answer:
            raise _ERRORS.get(answer["code"], MeasurementError)(answer["error"])
        return answer
    if hung_after is not None:
        raise MeasurementError(
            f"{request.name} did not come back within {hung_after:g} s; --timeout gives it longer."
        )
    if code < 0:
        raise MeasurementError(f"{request.name} crashed the process: {signal_name(-code)}.")
    raise MeasurementError(f"{request.name} ended the process with exit code {code}.")


_ERRORS: dict[int, type[SurveyError]] = {error.code: error for error in (UsageError, MeasurementError)}
