"""The mutants of tests/mutants: what each changes, and which tests must notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.config import rows
from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = ROOT / "tests" / "mutants"


@dataclass(frozen=True)
class Mutant:
    """One change to the code that some test must notice."""

    name: str
    """The promise that it breaks."""
    file: str
    before: str
    after: str
    killed_by: dict[str, tuple[str, ...]]
    """The tests that must fail, by the interpreter (or what stands for one in workspace.py)."""

    def applied(self, text: str) -> str:
        """Return the text of ``file`` after the change; raises UserError unless it applies at one place."""
        if (places := text.count(self.before)) != 1:
            raise UserError(
                f"The mutant '{self.name}' no longer applies: in {self.file} its `before` stands at {places}"
                f" places; change tests/mutants as the code was changed."
            )
        return text.replace(self.before, self.after)


def load() -> list[Mutant]:
    """Return the mutants of tests/mutants."""
    written = [row for file in sorted(FOLDER.glob("*.toml")) for row in rows.read(file)["mutant"]]
    return [
        Mutant(
            row["name"],
            row["file"],
            row["before"],
            row["after"],
            {python: tuple(tests) for python, tests in row["killed-by"].items()},
        )
        for row in written
    ]


def chosen(words: Sequence[str]) -> list[Mutant]:
    """Return the mutants whose names have one of ``words``, all if there are none."""
    mutants = load()
    found = [mutant for mutant in mutants if any(word in mutant.name for word in words)] if words else mutants
    if not found:
        raise UserError(f"No mutant is called {' or '.join(words)}: {'; '.join(m.name for m in mutants)}.")
    return found
