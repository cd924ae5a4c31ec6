"""Which imports want the GIL, as text for a terminal or a pipe: no line longer than asked, except paths."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gil.instruments.imports import ExtensionModule
    from gil.instruments.imports.result import ImportsResult, PackageImports

_LABEL = 13
_DECLARES = {
    "not used": "that it can run without a GIL",
    "used": "that it needs the GIL",
    "undeclared": "nothing",
    "no module": "nothing: it has put another object in its place",
    "unknown": "nothing that this Python can read",
}
_FORCED = {
    None: "",
    True: " The GIL was asked for, by PYTHON_GIL=1 or -X gil=1: what follows switched nothing on.",
    False: " PYTHON_GIL=0 or -X gil=0 keeps the GIL off; without it what follows would switch it on.",
}
_OTHER_FILES = (
    "A free-threaded Python loads other files than this standard build, except those of the ABI abi3t. So"
    " nobody can say here whether these modules want the GIL there. A free-threaded Python can, from 3.13t."
)


def introduction(result: ImportsResult, width: int) -> str:
    """Return what the reader has to know first."""
    build = "free-threaded" if result.free_threaded_build else "standard"
    return textwrap.fill(f"Python {result.python}, {build} build.{_FORCED[result.gil_asked]}", width)


def conclusion(result: ImportsResult, width: int) -> str:
    """Return what holds for all of it, or nothing."""
    unknown = any(package.unknown for package in result.packages)
    return textwrap.fill(_OTHER_FILES, width) if unknown and not result.free_threaded_build else ""


def paragraph(package: PackageImports, width: int) -> str:
    """Return what importing one package showed."""
    lines = textwrap.wrap(f"{package.package}: {_verdict(package)}", width)
    for note in package.notes:
        lines += textwrap.wrap(note, width, initial_indent="  ", subsequent_indent="  ")
    for module in (*package.wanting, *package.unknown):
        lines += ["", f"  {module.name}", *_facts(module, rest=module.name in package.rest)]
    return "\n".join(lines)


def _verdict(package: PackageImports) -> str:
    problem = f" {package.problem}" if package.problem else ""
    modules, wanting, unknown = len(package.modules), len(package.wanting), len(package.unknown)
    if problem and not wanting:
        return f"could not be measured.{problem}"
    if not modules:
        return "loads no extension module, so none wants the GIL."
    rest = f" Importing it loads {modules - len(package.rest)} of them." if package.rest else ""
    if wanting:
        one = wanting == 1
        first = f"; {package.culprit} has switched it on" if package.culprit else ""
        return f"{wanting} of {_count(modules)} {'wants' if one else 'want'} the GIL{first}.{rest}{problem}"
    if unknown:
        declared = sum(module.declares == "not used" for module in package.unknown)
        safe = (
            f"; in the files of this build {declared} declare that they can run without" if declared else ""
        )
        return f"{unknown} of {_count(modules)} may want the GIL or not{safe}.{rest}"
    return f"none of {_count(modules)} wants the GIL.{rest}"


def _count(modules: int) -> str:
    return f"{modules} extension module{'s' * (modules != 1)}"


def _facts(module: ExtensionModule, *, rest: bool) -> Iterator[str]:
    yield _labelled("declares", _DECLARES[module.declares])
    yield _labelled("file", module.file or "built into the interpreter")
    yield _labelled("ABI", module.abi)
    yield _labelled("distribution", module.distribution or "none")
    importers = list(map(str, module.importers))
    if rest:
        importers.append("this command only: importing the package does not load it")
    for number, importer in enumerate(importers):
        yield _labelled("" if number else "imported by", importer)


def _labelled(label: str, text: str) -> str:
    return f"    {label:<{_LABEL}}{text}"
