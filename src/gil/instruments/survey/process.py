"""A request answered by a process of its own, so that no crash, exit or hang of a call ends the caller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gil.instruments.child_process import interpreter, run, signal_name
from gil.instruments.report import told
from gil.instruments.survey.errors import MeasurementError, SurveyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gil.instruments.survey.request import Request

_START = "from gil.instruments.survey.child import main; main()"
# The process ends itself so long after it should have been ended.
_GRACE = 10.0
_STEP = 0.2
"""Seconds between two words of how long it takes."""
# Other signals are sent to a process.
_CRASHES = {"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV"}


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
    # Not in the folder where the call works: that is its own.
    with tempfile.TemporaryDirectory(prefix="gil-", ignore_cleanup_errors=True) as kept:
        asked, report = Path(kept) / "request", Path(kept) / "report"
        asked.write_text(json.dumps([timeout + _GRACE, str(report), request.as_json()]), encoding="utf-8")
        report.touch()
        variables = dict.fromkeys(["TMPDIR", "TEMP", "TMP"], folder) if folder else {}
        with asked.open("rb") as stdin:
            code = run(
                [*interpreter(), *(f"-W{option}" for option in sys.warnoptions), "-c", _START],
                timeout,
                stdin=stdin,
                tell=tell,
                step=_STEP,
                stdout=subprocess.DEVNULL,
                # Where this process has none, the other needs one all the same: it writes there.
                stderr=subprocess.DEVNULL if quiet or sys.__stderr__ is None else None,
                cwd=folder,
                env={**os.environ, **variables},
            )
        lines = told(report)
    facts = {"at": "Starting Python"} | {key: value for line in lines for key, value in line.items()}
    if "answer" not in facts:
        raise MeasurementError(_problem(facts["at"], code, timeout))
    answer: dict[str, Any] = facts["answer"]
    if "error" in answer:
        raise _ERRORS.get(answer["code"], MeasurementError)(answer["error"])
    return answer


def _problem(at: str, code: int | None, timeout: float) -> str:
    """Return why there is no answer; ``at`` is what was running."""
    if code is None:
        return f"{at} did not come back within {timeout:g} s; --timeout gives it longer."
    if code >= 0:
        return f"{at} ended the process with exit code {code}."
    if (name := signal_name(-code)) in _CRASHES:
        return f"{at} crashed the process: {name}."
    return f"{at} was ended by {name}."


_ERRORS: dict[int, type[SurveyError]] = {error.code: error for error in (UsageError, MeasurementError)}
