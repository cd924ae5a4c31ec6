"""The ways in which one session runs the same test suite over the same wheel."""

from __future__ import annotations

from dataclasses import dataclass, field

from matrix.table import is_free_threaded

SUITES = {"workshop": "workshop", "build-limits": "build"}
"""The sessions, beside those of the interpreters, that leave the results of one pytest run behind, and
where its tests are in tests/."""
# A lane runs the tests whose outcome it can change, by their marks (pyproject.toml says what these mean).
_CHANGEABLE = "not lane_independent"
# pytest-run-parallel runs a thread-unsafe test in one thread, as the default lane does.
_PARALLEL = ("--parallel-threads=8", "-m", f"{_CHANGEABLE} and not thread_unsafe")


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
            Lane("default", "off", (), default),
            Lane("8 threads", "off", _PARALLEL, default),
            # One thread that looks at nothing but what it calls itself sees no difference.
            Lane(
                "PYTHON_GIL=1",
                "on",
                ("-m", f"{_CHANGEABLE} and (thread_unsafe or gil_state)"),
                {"PYTHON_GIL": "1"},
            ),
            # Here as in the default lane the GIL is off; only what an import does to it may differ.
            Lane("PYTHON_GIL=0", "off", ("-m", "gil_state"), {"PYTHON_GIL": "0"}),
        ]
    return [
        Lane("default", "on", (), default),
        # A switch at almost every chance shakes out what five milliseconds of luck hide.
        Lane("8 threads, switch 1e-6", "on", (*_PARALLEL, "--switch-interval=1e-6"), default),
    ]
