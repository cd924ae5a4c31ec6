"""What ``inspect_imports`` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gil.instruments.imports.module import ExtensionModule


@dataclass(frozen=True)
class PackageImports:
    """What importing one package loaded."""

    package: str
    """As it was asked for."""
    imported: tuple[str, ...] = ()
    """The modules that were imported."""
    modules: tuple[ExtensionModule, ...] = ()
    """The extension modules that this loaded, in this order; if there is a problem, perhaps not all."""
    rest: tuple[str, ...] = ()
    """Those of ``modules`` that importing the package does not load, though they lie in its folders."""
    culprit: str | None = None
    """The module that switched the GIL on."""
    gil_before: bool | None = None
    """Whether the GIL was on before. None: it could not be measured."""
    gil_after: bool | None = None
    problem: str | None = None
    """Why the answer is not whole, in a sentence; None if it is."""
    notes: tuple[str, ...] = ()
    """What else importing it did, in sentences: it printed something, it started a process."""
    seconds: float = 0.0

    @property
    def wanting(self) -> tuple[ExtensionModule, ...]:
        """The modules that want the GIL."""
        return tuple(module for module in self.modules if module.wants_gil)

    @property
    def unknown(self) -> tuple[ExtensionModule, ...]:
        """The modules of which this Python cannot tell."""
        return tuple(module for module in self.modules if module.wants_gil is None)

    @property
    def wants_gil(self) -> bool | None:
        """Whether a module of it wants the GIL. None: not known of all, and none is known to."""
        if self.wanting:
            return True
        return None if self.problem or self.unknown else False

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` writes."""
        return {
            "package": self.package,
            "imported": list(self.imported),
            "wants_gil": self.wants_gil,
            "rest": list(self.rest),
            "culprit": self.culprit,
            "gil_before": self.gil_before,
            "gil_after": self.gil_after,
            "problem": self.problem,
            "notes": list(self.notes),
            "seconds": self.seconds,
            "modules": [module.as_json() for module in self.modules],
        }


@dataclass(frozen=True)
class ImportsResult:
    """What importing several packages loaded, each in a process of its own."""

    python: str
    free_threaded_build: bool
    gil_asked: bool | None
    """Whether PYTHON_GIL or ``-X gil`` asks for the GIL. None: neither does."""
    packages: tuple[PackageImports, ...]

    @property
    def wants_gil(self) -> bool | None:
        """Whether a module of any package wants the GIL. None: not known of all, and none is known to."""
        answers = {package.wants_gil for package in self.packages}
        return True if True in answers else None if None in answers else False

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` writes."""
        return {
            "python": self.python,
            "free_threaded_build": self.free_threaded_build,
            "gil_asked": self.gil_asked,
            "wants_gil": self.wants_gil,
            "packages": [package.as_json() for package in self.packages],
        }
