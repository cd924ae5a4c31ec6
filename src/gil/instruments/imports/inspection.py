"""Packages imported in processes of their own, to know which of their modules want the GIL."""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gil import _gil
from gil.instruments.child_process import interpreter, run, signal_name
from gil.instruments.imports.chain import Importer
from gil.instruments.imports.module import ExtensionModule
from gil.instruments.imports.names import Kind, import_names
from gil.instruments.imports.result import ImportsResult, PackageImports
from gil.instruments.report import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_CHILD_MODULE = "gil.instruments.imports.child"
_CHILD = f"from {_CHILD_MODULE} import main; main()"
_STEP = 1.0
"""Seconds between two words of how long it takes."""
_LONGEST = 100
"""Characters of what a package printed that a note repeats."""


def check(timeout: float) -> None:
    """Raise ValueError if ``timeout`` is no finite number of seconds above 0."""
    if not (math.isfinite(timeout) and timeout > 0):
        raise ValueError(f"timeout must be a finite number of seconds above 0, got {timeout:g}.")


def resolved(package: str, kind: Kind | None = None) -> tuple[str, ...] | LookupError:
    """Return what to import for ``package``, or why there is nothing; raises AmbiguousNameError."""
    try:
        return import_names(package, kind)
    except LookupError as error:
        return error


def result(packages: Iterable[PackageImports]) -> ImportsResult:
    """Return the answer for several packages."""
    info = _gil.build_info()
    asked = getattr(sys.flags, "gil", None) if info.free_threaded_build else None
    return ImportsResult(
        python=info.python,
        free_threaded_build=info.free_threaded_build,
        gil_asked=None if asked is None else bool(asked),
        packages=tuple(packages),
    )


def inspect_package(
    package: str,
    names: tuple[str, ...] | LookupError,
    *,
    timeout: float,
    rest: bool = True,
    tell: Callable[[float], None] = lambda _: None,
) -> PackageImports:
    """Import ``names`` in a process of its own, which may take ``timeout`` seconds.

    Then also the ``rest``: the extension modules that lie in their folders. ``tell`` is called every second
    with how many have gone.
    """
    begun = time.monotonic()
    if isinstance(names, LookupError):
        return PackageImports(package=package, problem=str(names))
    with tempfile.TemporaryDirectory(prefix="gil") as folder, tempfile.TemporaryFile() as output:
        report = Path(folder) / "report"
        report.touch()
        options = f"{'' if sys.flags.safe_path else 'here'} {'files' if rest else ''}"
        command = [*interpreter("gil"), "-c", _CHILD, str(report), options, *names]
        code = run(command, timeout, tell=tell, step=_STEP, stdout=output, stderr=subprocess.STDOUT)
        lines = told(report)
        output.seek(0)
        printed = output.read().decode(errors="replace")
    facts = {key: value for line in lines for key, value in line.items()}
    wanting = [line["wanting"] for line in lines if "wanting" in line]
    return PackageImports(
        package=package,
        imported=names,
        modules=tuple(_module(one) for one in facts.get("modules", wanting)),
        rest=tuple(facts.get("rest", ())),
        culprit=facts.get("culprit"),
        gil_before=facts.get("gil_before"),
        gil_after=facts.get("gil_after"),
        problem=_problem({"importing": names[0]} | facts, code, timeout),
        notes=tuple(_notes(facts, printed)),
        seconds=round(time.monotonic() - begun, 3),
    )


def _notes(facts: dict[str, Any], printed: str) -> Iterator[str]:
    if "process" in facts:
        yield f"It started another process ({facts['process']}); what that loaded is not known."
    if failed := facts.get("unloadable"):
        yield f"These files of it cannot be imported: {', '.join(failed)}."
    if lines := printed.strip().splitlines():
        many = f"{len(lines)} lines" if len(lines) > 1 else "a line"
        yield f"It printed {many}: {lines[0][:_LONGEST]}"


def _problem(facts: dict[str, Any], code: int | None, timeout: float) -> str | None:
    name = facts["importing"]
    if "exits" in facts:
        return f"{name} exits when it is imported, with {facts['exits']}."
    if "error" in facts:
        return f"{name} cannot be imported: {facts['error'].rstrip('.')}."
    if "gil_after" in facts:
        return None
    if code is None:
        return f"{name} was still being imported after {timeout:g} s; --timeout allows more."
    if code < 0:
        return f"The process died of {signal_name(-code)} while {name} was imported."
    return f"{name} ends the process when it is imported, with exit code {code}."


def _module(told: dict[str, Any]) -> ExtensionModule:
    chain = [Importer(**link) for link in told["importers"]]
    if chain and chain[-1].module == _CHILD_MODULE:
        chain.pop()
    return ExtensionModule(**{**told, "importers": tuple(chain)})
