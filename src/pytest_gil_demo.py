"""What gil-demo adds to pytest: an option, a marker and a fixture; docs/pytest.md explains them.

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
_JUDGED = pytest.StashKey[bool]()
_MARKER = (
    "gil(releases=0.9), gil(holds=0.9): fail the test unless it was detached from the GIL, or kept it, for at"
    " least this share of its time"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--gil-guard`` and the ini option ``gil_guard``."""
    parser.getgroup("gil").addoption(
        "--gil-guard",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="fail a run without a GIL in which an import switches it on, and name each module that wants it",
    )
    parser.addini("gil_guard", "whether the option --gil-guard is on", type="bool", default=False)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to guard before the first conftest file is imported."""
    asked = early_config.known_args_namespace.gil_guard
    if asked is None:
        asked = early_config.getini("gil_guard")
    # On a standard build there is nothing to guard. `sysconfig` would take longer to say which build it is.
    if asked and "free-threading" in sys.version:
        from gil.pytest_plugin.guard import Guard  # noqa: PLC0415

        early_config.pluginmanager.register(Guard(early_config), GUARD)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker, and pytest-run-parallel that the assertions are for one thread."""
    config.addinivalue_line("markers", _MARKER)
    if config.pluginmanager.hasplugin("run-parallel"):
        for module in ("gil.testing", "gil.testing.assertions"):
            config.addinivalue_line("thread_unsafe_functions", f"{module}.*")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep pytest-run-parallel from calling a marked test in several threads: one call is judged."""
    if item.get_closest_marker("gil") and item.config.pluginmanager.hasplugin("run-parallel"):
        item.add_marker(pytest.mark.thread_unsafe(reason="its call is judged by the marker gil"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that has the marker and passes unjudged: pytest does not call every test as a function."""
    yield
    if item.get_closest_marker("gil") and not item.stash.get(_JUDGED, False):
        raise pytest.fail.Exception(
            "@pytest.mark.gil judges test functions, and this is none that pytest calls (as those of unittest"
            " are not): call gil.testing.assert_releases_gil or assert_holds_gil in it.",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Judge the call of a test that has the marker."""
    marker = pyfuncitem.get_closest_marker("gil")
    if marker is None:
        return (yield)
    from gil.pytest_plugin.marker import judging  # noqa: PLC0415

    pyfuncitem.stash[_JUDGED] = True
    with judging(marker, pyfuncitem.name):
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
