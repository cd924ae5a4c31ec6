"""The ways in which one session runs the same test suite over the same wheel."""

from __future__ import annotations

from dataclasses import dataclass, field

from matrix.table import is_free_threaded

_PARALLEL = ("--parallel-threads=8", "--iterations=2")
# The tests mostly sleep. A free-threaded build, with a lane more than the others, would be last.
_WORKERS = ("--numprocesses=2",)
# To a process of its own only the state of the GIL matters: a lane that has it as the first leaves them out.
_NO_PROCESSES = "--no-processes"


@dataclass(frozen=True)
class Lane:
    """One run of pytest."""

    name: str
    gil: str
    """What the GIL must be before, during and after: ``on`` or ``off``."""
    arguments: tuple[str, ...]
    env: dict[str, str | None] = field(default_factory=dict)
    """PYTHON_GIL is set or taken away explicitly: a standard build dies of PYTHON_GIL=0."""


def lanes(python: str) -> list[Lane]:
    """Return the lanes of ``python``, the one that a user meets first."""
    default: dict[str, str | None] = {"PYTHON_GIL": None}
    if is_free_threaded(python):
        return [
            Lane("default", "off", _WORKERS, default),
            Lane("8 threads", "off", _PARALLEL, default),
            Lane("PYTHON_GIL=0", "off", (*_WORKERS, _NO_PROCESSES), {"PYTHON_GIL": "0"}),
            Lane("PYTHON_GIL=1", "on", _WORKERS, {"PYTHON_GIL": "1"}),
        ]
    return [
        Lane("default", "on", (), default),
        Lane("8 threads", "on", _PARALLEL, default),
        # A switch at almost every chance shakes out what five milliseconds of luck hide.
        Lane("switch 1e-6", "on", ("--switch-interval=1e-6", _NO_PROCESSES), default),
    ]
