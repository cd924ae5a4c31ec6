"""What came of a project: its configuration, wheels and tests, and the time of both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abi_matrix.testing.results import Count
    from workshop.projects.measuring import Cost

WARM_TARGET = 0.25
_COLD_TARGET = 1.0
_COLD_TARGET_SHARED = 0.6


@dataclass
class Outcome:
    """What one interpreter got of a project."""

    wheel: str = ""
    """The file that was tested; empty if there is none."""
    lanes: dict[str, Count] = field(default_factory=dict)
    """What was counted in every lane that has run."""
    reason: str = ""
    """Why no wheel is for it, or why a build or a lane failed; empty if all went well."""


@dataclass
class Run:
    """What building and testing a project on all interpreters took, once."""

    cost: Cost
    failed: dict[str, str]
    """Why an interpreter did not succeed, by its name."""
    tests: Cost
    """How much of ``cost`` was pytest; of sessions that run side by side, all together."""

    @property
    def building(self) -> float:
        """The processor time of everything but pytest."""
        return self.cost.processor - self.tests.processor


@dataclass
class Way:
    """One way to build and test a project on all interpreters."""

    cold: Run
    """With nothing built and no environment; what the network brings is there."""
    warm: Run
    """The same commands again, with nothing changed."""


@dataclass
class Trial:
    """Everything about one project."""

    project: str
    version: str
    lines: dict[str, int]
    """How many lines of configuration `abi-matrix init` wrote, by file; comments and empty lines are none."""
    by_hand: tuple[str, ...]
    """The requirements of the tests that a person had to add."""
    unknown: tuple[str, ...]
    """What `abi-matrix init` said that it could not know."""
    wheels: tuple[str, ...]
    outcomes: dict[str, Outcome]
    ours: Way
    usual: Way
    without_row: dict[str, str]
    """Where no row is proposed: how the usual way fails there, empty if it does not."""

    @property
    def served(self) -> list[str]:
        """The interpreters on which everything went well."""
        return [python for python, outcome in self.outcomes.items() if not outcome.reason]

    @property
    def passed(self) -> int:
        """How many tests have passed, in each lane anew."""
        return sum(count.passed for outcome in self.outcomes.values() for count in outcome.lanes.values())

    @property
    def cold(self) -> float:
        """Our processor time beside that of the usual way, cold."""
        return self.ours.cold.cost.processor / self.usual.cold.cost.processor

    @property
    def warm(self) -> float:
        """Our processor time beside that of the usual way, warm."""
        return self.ours.warm.cost.processor / self.usual.warm.cost.processor

    @property
    def cold_target(self) -> float:
        """How much ``cold`` may be: less where one wheel with a stable ABI serves several interpreters."""
        return _COLD_TARGET_SHARED if len(self.wheels) < len(self.served) else _COLD_TARGET
