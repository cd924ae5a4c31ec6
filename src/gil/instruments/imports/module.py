"""What is known of one extension module."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gil.instruments.gil_state import gil_enabled
from gil.instruments.imports.files import BUILT_IN, distribution_of, is_of_python

if TYPE_CHECKING:
    from gil.instruments.imports.chain import Importer

FREE_THREADED = "free-threading" in sys.version

NO_MODULE = "no module"

_DECLARED = {
    "not used": "declares that it can run without",
    "used": "declares that it needs it",
    "undeclared": "does not declare that it can run without",
    NO_MODULE: "is no module object, which cannot declare anything",
    "unknown": "declares nothing that this Python can read",
}


@dataclass(frozen=True)
class ExtensionModule:
    """An extension module that was loaded, and what it declares about the GIL."""

    name: str
    file: str | None
    """None: it is built into the interpreter."""
    abi: str
    """By the file's name: ``cp314t``, ``abi3``, ``abi3t``, ``no tag``, or ``built in``."""
    declares: str
    """As ``gil.declaration``: ``not used``, ``used``, ``undeclared``, ``unknown``; or ``no module``: it has
    put another object in its place, which CPython takes as undeclared."""
    wants_gil: bool | None
    """Whether importing it switches the GIL on in a free-threaded Python. None: cannot be told here."""
    importers: tuple[Importer, ...]
    """Who imported it, who imported that one, and so on. Empty: nobody can say."""
    seen: bool
    """Whether the watch saw it being loaded. If not, it was loaded before, or without importlib."""

    @property
    def distribution(self) -> str | None:
        """The distribution that installed it, with its version; None: none did, as far as metadata say."""
        if self.file is None or is_of_python(self.file):
            return None
        return distribution_of(self.name, self.file)

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        if self.wants_gil is None:
            says = "may want the GIL or not: it " + _DECLARED[self.declares]
        else:
            says = f"{'wants the GIL' if self.wants_gil else 'needs no GIL'}: it {_DECLARED[self.declares]}"
        by = "; imported by " + ", by ".join(map(str, self.importers)) if self.importers else ""
        where = BUILT_IN if self.file is None else f"{self.distribution or 'of no distribution'}, {self.abi}"
        return f"{self.name} ({where}) {says}{by}."

    def __str__(self) -> str:
        return self.sentence

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` writes."""
        return {
            "name": self.name,
            "file": self.file,
            "distribution": self.distribution,
            "abi": self.abi,
            "declares": self.declares,
            "wants_gil": self.wants_gil,
            "importers": [importer.as_json() for importer in self.importers],
            "seen": self.seen,
        }


def wants_gil(declares: str, abi: str, file: str | None) -> bool | None:
    """Return whether importing a module that ``declares`` this switches the GIL on; None if that is unknown.

    A free-threaded Python knows it of each. A standard one loads other files than a free-threaded one, except
    those of the stable ABI for both, ``abi3t``; Python's own modules have the same source in both.
    """
    if FREE_THREADED and getattr(sys.flags, "gil", None) is None and not gil_enabled():
        return False  # else the GIL would be on: this module, once in sys.modules, has only been made again
    if not FREE_THREADED and abi != "abi3t":
        return False if is_of_python(file) else None
    return None if declares == "unknown" else declares != "not used"
