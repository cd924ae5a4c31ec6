"""A plugin for pytest: a run that begins without a GIL fails if it ends with one, and names the import.

An extension that does not declare that it needs no GIL switches it on for the whole process and for good, and
all later tests would prove nothing. CPython names the module in a warning, which pytest may show or hide.

It runs beside a project's own tests, so it uses nothing but pytest and the standard library.
"""

import os
import sys
import warnings

import pytest


def gil_enabled() -> bool:
    """Whether the GIL is on now; before 3.13 it always is."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


BEGAN_WITHOUT = not gil_enabled()
CULPRITS: list[str] = []


def pytest_configure() -> None:
    """Set the lane's switch interval."""
    if interval := os.environ.get("ABI_MATRIX_SWITCH_INTERVAL"):
        sys.setswitchinterval(float(interval))


def pytest_warning_recorded(warning_message: warnings.WarningMessage, nodeid: str) -> None:
    """Keep what CPython says of the import that switched the GIL on."""
    words = str(warning_message.message)
    if "global interpreter lock (GIL) has been enabled" in words:
        CULPRITS.append(f"{words.partition('.')[0]} ({nodeid or 'outside of any test'})")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run."""
    if BEGAN_WITHOUT and gil_enabled():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why."""
    if BEGAN_WITHOUT and gil_enabled():
        reason = "; ".join(dict.fromkeys(CULPRITS)) or "no warning of CPython names the import"
        terminalreporter.line(f"The GIL was off when the run began and is on now: {reason}.", red=True)
