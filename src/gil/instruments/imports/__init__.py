"""Which imports want the GIL: watched in this process, or asked of packages in processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gil.instruments.imports.chain import Importer
from gil.instruments.imports.module import ExtensionModule
from gil.instruments.imports.watch import Watch, watch_imports

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gil.instruments.imports.result import ImportsResult

__all__ = ["ExtensionModule", "Importer", "Watch", "inspect_imports", "watch_imports"]


def inspect_imports(packages: Iterable[str], *, timeout: float = 60.0, rest: bool = True) -> ImportsResult:
    """Import each package in a process of its own; return which of the modules that this loads want the GIL.

    A package is an import name or the name of a distribution. ``timeout`` is in seconds, for each. With
    ``rest``, the extension modules in the folders of a package that importing it does not load are loaded
    afterwards. What cannot be measured is told in the result.

    Raises:
        AmbiguousNameError: a package may mean two things.
        ValueError: ``timeout`` is no finite number above 0.

    """
    from gil.instruments.imports import inspection  # noqa: PLC0415 - a watch does without

    inspection.check(timeout)
    names = {package: inspection.resolved(package) for package in dict.fromkeys(packages)}
    return inspection.result(
        inspection.inspect_package(package, found, timeout=timeout, rest=rest)
        for package, found in names.items()
    )
