"""The guard of a run of pytest: it began without a GIL, and is to end without one.

A module that has not declared that it needs no GIL switches it on when it is imported, for the whole process
and for good; what the tests show from then on they show of a Python with a GIL.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from gil.instruments.gil_state import gil_enabled, gil_stays_on
from gil.instruments.imports import Watch
from gil.pytest_plugin.culprits import Culprit, of_all

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from gil.instruments.imports import ExtensionModule

_OUTPUT = "gil_guard"
"""The guard's key in what a worker of pytest-xdist hands to its controller."""
_GOOD = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
_LONGEST_LOADING = 1.0
"""Seconds that loading an extension module may take at the end of a test or of the run."""
_FAILED = "The GIL is on, and nobody has asked for it: what tests showed since is true with a GIL only."
_ADVICE = (
    "A module that needs no GIL says so in its slot Py_mod_gil (PyO3: gil_used = false). With PYTHON_GIL=0"
    " the GIL stays off whatever modules say, at your own risk."
)
_HIDDEN = "PYTHON_GIL=0 or -X gil=0 keeps the GIL off in spite of these; without it each would switch it on."


class Guard:
    """A plugin of pytest for one run, registered before the first conftest file is imported."""

    def __init__(self, config: pytest.Config) -> None:
        """Begin to watch imports."""
        self._config = config
        self._flag: int | None = getattr(sys.flags, "gil", None)
        self._on = gil_enabled()
        self._on_in_workers: list[str] = []
        self._imported: list[tuple[ExtensionModule, str]] = []
        self._told: list[Culprit] = []
        self._when = "before the guard began"
        self._watch = Watch(self._note)
        self._watch.start()
        self._when = "before any test was collected"

    def _note(self, module: ExtensionModule) -> None:
        # All else comes later: this is in the middle of an import.
        self._imported.append((module, self._when))

    def header(self) -> str:
        """Return the line for the head of a run."""
        if self._flag is None:
            return "gil guard: no import may switch the GIL on"
        if self._flag:
            return "gil guard: PYTHON_GIL=1 or -X gil=1 asks for the GIL, so there is nothing to guard"
        return "gil guard: PYTHON_GIL=0 or -X gil=0 keeps the GIL off; modules that want it are named"

    @property
    def _failed(self) -> bool:
        return self._flag is None and (bool(self._on_in_workers) or self._stays_on())

    def _stays_on(self) -> bool:
        return gil_stays_on(lambda: self._imported, _LONGEST_LOADING)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, object, object]:
        """Know what is being collected."""
        self._when = f"when {collector.nodeid or 'the run'} was collected"
        try:
            return (yield)
        finally:
            self._when = "between collecting and testing"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Know which test is run, and whether the GIL was on before."""
        self._when = f"during {item.nodeid}"
        self._on = gil_enabled()
        try:
            return (yield)
        finally:
            self._when = "outside of any test"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Fail the test in which the GIL was switched on."""
        try:
            return (yield)
        finally:
            if self._flag is None and not self._on and self._stays_on():
                lines = [f"The GIL was switched on {self._when}."]
                for module, when in self._imported:
                    if when == self._when:
                        lines += Culprit.of(module, when).lines()
                pytest.fail("\n".join(lines), pytrace=False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run; as a worker of pytest-xdist, tell the controller why."""
        told = getattr(self._config, "workeroutput", None)
        if told is not None:
            culprits = [Culprit.of(*imported).as_dict() for imported in self._imported]
            told[_OUTPUT] = {"failed": self._failed, "culprits": culprits}
        if self._failed and session.exitstatus in _GOOD:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - pytest-xdist need not be there
        """Note what a worker of pytest-xdist has told; one that crashed has told nothing."""
        told = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if told:
            worker = node.gateway.id
            self._told += [Culprit.told(one, worker) for one in told["culprits"]]
            self._on_in_workers += [worker] * told["failed"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was found: nothing, where nothing was."""
        lines = list(self._summary())
        if lines:
            terminalreporter.section("gil guard", red=self._failed, yellow=not self._failed)
            for line in lines:
                terminalreporter.line(line)

    def _summary(self) -> Iterator[str]:
        own = [Culprit.of(*imported) for imported in self._imported]
        culprits = list(of_all([*own, *self._told]))
        if self._failed:
            yield _FAILED
            if not culprits:
                yield "No module that wants it was seen to be imported."
        elif self._flag == 0 and culprits:
            yield _HIDDEN
        else:
            return
        for culprit in culprits:
            yield from culprit.lines()
        if self._failed:
            yield _ADVICE

    def pytest_unconfigure(self) -> None:
        """Watch no longer."""
        self._watch.stop()
