"""How it stands with the GIL in this process: whether it is on, why, and which modules are loaded."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gil import _gil
from gil.instruments.gil_state import gil_stays_on
from gil.instruments.imports.files import is_of_python
from gil.instruments.imports.watch import Watch, seen_culprit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gil.instruments.imports.module import ExtensionModule

_LONGEST_LOADING = 0.2
"""Seconds for which the GIL may be on only because another thread loads an extension module."""


@dataclass(frozen=True)
class Status:
    """How it stood when ``status`` was called."""

    python: str
    free_threaded_build: bool
    gil_enabled: bool
    asked_by: str | None
    """What asks for that in a free-threaded build, as ``-X gil=0`` or ``PYTHON_GIL=1``; else None."""
    culprit: str | None
    """The module that has switched the GIL on. None: none has, or nobody can say which."""
    why: str
    """Why the GIL is on or off, in a sentence."""
    switch_interval: float
    """Seconds after which a thread that waits for the GIL asks for it."""
    threads: tuple[str, ...]
    """What that means for threads, in sentences."""
    modules: tuple[ExtensionModule, ...]
    """The extension modules that are loaded."""

    @property
    def wanting(self) -> tuple[ExtensionModule, ...]:
        """The modules that want the GIL."""
        return tuple(module for module in self.modules if module.wants_gil)

    @property
    def others(self) -> tuple[ExtensionModule, ...]:
        """The modules that are not Python's own, and those that want the GIL."""
        return tuple(one for one in self.modules if one.wants_gil or not is_of_python(one.file))

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` writes."""
        return {
            "python": self.python,
            "free_threaded_build": self.free_threaded_build,
            "gil_enabled": self.gil_enabled,
            "asked_by": self.asked_by,
            "culprit": self.culprit,
            "why": self.why,
            "switch_interval": self.switch_interval,
            "threads": list(self.threads),
            "modules": [module.as_json() for module in self.modules],
        }


def status() -> Status:
    """Look at this process and return how it stands with the GIL."""
    info = _gil.build_info()
    modules = Watch().start().stop().modules
    wanting = [module.name for module in modules if module.wants_gil]
    asked_by = _asked_by() if info.free_threaded_build else None
    enabled = gil_stays_on(lambda: not info.free_threaded_build or asked_by or wanting, _LONGEST_LOADING)
    culprit = None
    if enabled and info.free_threaded_build and asked_by is None:
        seen = seen_culprit()
        culprit = seen.name if seen else wanting[0] if len(wanting) == 1 else None
    return Status(
        python=info.python,
        free_threaded_build=info.free_threaded_build,
        gil_enabled=enabled,
        asked_by=asked_by,
        culprit=culprit,
        why=_why(enabled, asked_by, culprit, wanting) if info.free_threaded_build else _ALWAYS,
        switch_interval=sys.getswitchinterval(),
        threads=tuple(_threads(enabled, sys.getswitchinterval())),
        modules=modules,
    )


_ALWAYS = "A standard build always has a GIL."


def _asked_by() -> str | None:
    flag = getattr(sys.flags, "gil", None)
    if flag is None:
        return None
    # The option outweighs the variable; the program that embeds Python may do without both.
    return f"-X gil={flag}" if "gil" in sys._xoptions else f"PYTHON_GIL={flag}"  # noqa: SLF001


def _why(enabled: bool, asked_by: str | None, culprit: str | None, wanting: list[str]) -> str:
    names = ", ".join(wanting)
    if asked_by:
        if "PYTHON_GIL" in asked_by and "PYTHON_GIL" not in os.environ:
            asked_by = "The configuration of this process"
        if enabled:
            return f"{asked_by} has switched it on."
        return f"{asked_by} keeps it off" + (f", although these modules want it: {names}." if names else ".")
    if not enabled:
        return "No module that was imported wants it."
    if culprit:
        return f"Importing {culprit} has switched it on, for as long as this process lives."
    if wanting:
        return f"Importing one of these modules has switched it on, nobody can say which: {names}."
    return "Nobody can say why: no module that is loaded wants it. One that failed to be imported may have."


def _threads(enabled: bool, interval: float) -> Iterator[str]:
    if enabled:
        yield "One thread at a time runs Python code."
        yield "A thread that waits for its turn gets it when the other one detaches."
        yield f"After {interval * 1e3:g} ms, the switch interval, it asks, and then Python code lets go."
        yield "Native code that is attached does not."
    else:
        yield "Threads run Python code at the same time."
        yield "Whatever stops the world, as garbage collection does, waits for native code that is attached."
        yield "The switch interval means nothing."
        yield "The import of a module that does not declare that it can run without a GIL switches it on."
