"""Modules that want the GIL, as the guard of a run tells of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gil.instruments.imports import ExtensionModule


@dataclass(frozen=True)
class Culprit:
    """A module that wants the GIL, and when it was imported."""

    name: str
    file: str | None
    sentence: str
    """What it declares, its distribution, and who imported it."""
    when: str
    worker: str | None = None
    """The worker of pytest-xdist that imported it."""

    @classmethod
    def of(cls, module: ExtensionModule, when: str) -> Culprit:
        """Return what the guard tells of it; that pytest imports conftest files is known."""
        importers = tuple(one for one in module.importers if not one.module.startswith("_pytest."))
        return cls(module.name, module.file, replace(module, importers=importers).sentence, when)

    @classmethod
    def told(cls, told: Mapping[str, Any], worker: str) -> Culprit:
        """Return what a worker has told of."""
        return replace(cls(**told), worker=worker)

    def as_dict(self) -> dict[str, str | None]:
        """Return it in a form that can be sent to another process."""
        return asdict(self)

    def lines(self) -> tuple[str, str]:
        """Return what is known of it, and when it was imported from which file."""
        where = f" in worker {self.worker}" if self.worker else ""
        return self.sentence, f"    imported {self.when}{where} from {self.file or 'the interpreter itself'}"


def of_all(culprits: Iterable[Culprit]) -> Iterator[Culprit]:
    """Yield each module once, as several workers import the same."""
    known: set[tuple[str, str | None]] = set()
    for culprit in culprits:
        if (culprit.name, culprit.file) not in known:
            known.add((culprit.name, culprit.file))
            yield culprit
