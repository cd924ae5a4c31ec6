"""What gil-demo adds to pytest: an option and a fixture.

This is no module of the package ``gil``: pytest loads it in every run, and importing ``gil`` loads the native
module. What a run uses is imported when it uses it.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from gil import Holder

GUARD = "gil-guard"
"""The name of the guard among the plugins of a run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--gil-guard`` and the ini option ``gil_guard``."""
    parser.getgroup("gil").addoption(
        "--gil-guard",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="fail a run without a GIL in which an import switches it on, and name each module that wants it",
    )
    parser.addini("gil_guard", "whether the option --gil-guard is on", type="bool", default=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Begin to guard before the first conftest file is imported."""
    asked = early_config.known_args_namespace.gil_guard
    if asked is None:
        asked = early_config.getini("gil_guard")
    # On a standard build there is nothing to guard. `sysconfig` would take longer to say which build it is.
    if asked and "free-threading" in sys.version:
        from gil.testing.guard import Guard  # noqa: PLC0415

        early_config.pluginmanager.register(Guard(early_config), GUARD)
    return (yield)


@pytest.fixture
def hold_gil() -> Iterator[Callable[..., Holder]]:
    """Return a function ``hold_gil(seconds, *, after=0.0)``: a native thread keeps the GIL for so long.

    It attaches ``after`` seconds from the call, and without a GIL it stays attached. What it returns is a
    ``gil.Holder``: as a context manager it waits until the thread has let go, and ``wait()`` returns when it
    did what. At the end of the test it has let go.
    """
    from gil import Holder  # noqa: PLC0415

    holders: list[Holder] = []

    def hold(seconds: float, *, after: float = 0.0) -> Holder:
        holder = Holder(seconds, after=after)
        holders.append(holder)
        return holder

    yield hold
    for holder in holders:
        holder.stop()


def pytest_report_header(config: pytest.Config) -> Any:  # noqa: ANN401 - a line or nothing
    """Say what the guard does."""
    guard = config.pluginmanager.get_plugin(GUARD)
    return guard.header() if guard else None
