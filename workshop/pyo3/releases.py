"""Which release series of PyO3 build for which CPython, as the build scripts of pyo3-ffi decide it.

The numbers are those of pyo3-ffi/build.rs in the last release of each series (SUPPORTED_VERSIONS_CPYTHON,
ensure_gil_enabled, MIN_FREE_THREADED_VERSION). tests/build tries every edge with cargo.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi_matrix.starting.crate import NEWEST_PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Minor = tuple[int, int]

BUILD_FREE_THREADED = "UNSAFE_PYO3_BUILD_FREE_THREADED"
"""Lifted the refusal of every free-threaded build in 0.22 (PyO3#4327); later ones do not know it."""

SKIP_VERSION_CHECK = "UNSAFE_PYO3_SKIP_VERSION_CHECK"
"""Lifts the checks of versions, that of 3.13t since 0.29 included. Undocumented, for PyO3's own CI."""


@dataclass(frozen=True)
class Series:
    """One release series of PyO3."""

    release: str
    """Its last release."""
    oldest: Minor
    free_threaded: Minor | None
    """The oldest CPython whose free-threaded build it supports, None if none."""
    one_more: bool = False
    """Whether the CPython after the newest is built for as well, with a warning."""

    @property
    def name(self) -> str:
        """The series as one speaks of it, e.g. ``0.30``."""
        return self.release.rpartition(".")[0]

    @property
    def newest(self) -> Minor:
        """The newest CPython that it supports."""
        return 3, NEWEST_PYTHON[int(self.name.partition(".")[2])]


SERIES = (
    Series("0.22.6", (3, 7), None),  # the check of 0.22.2 to 0.22.5 (PyO3#4327) never fired
    Series("0.23.5", (3, 7), (3, 13)),  # PyO3#4588
    Series("0.24.2", (3, 7), (3, 13)),
    Series("0.25.1", (3, 7), (3, 13)),
    Series("0.26.0", (3, 7), (3, 13)),
    Series("0.27.2", (3, 7), (3, 13)),
    Series("0.28.3", (3, 7), (3, 13), one_more=True),
    Series("0.29.3", (3, 8), (3, 14), one_more=True),  # PyO3#5865
    Series("0.30.1", (3, 9), (3, 14), one_more=True),
)
"""Every series since the first that looked for free-threaded builds, oldest first."""


@dataclass(frozen=True)
class Verdict:
    """What the build script of a series does on an interpreter."""

    builds: bool
    why: str = ""
    """Why not, or under which reservation."""
    hatch: str | None = None
    """The environment variable that, set to 1, lifts the refusal."""

    @property
    def word(self) -> str:
        """The verdict in a word."""
        if not self.builds:
            return "refused"
        return "with a warning" if self.why else "yes"


def verdict(series: Series, version: Minor, *, free_threaded: bool) -> Verdict:
    """Return what ``series`` does on CPython ``version``; the build script's own order of checks."""
    if version < series.oldest:
        return Verdict(builds=False, why=f"its oldest CPython is {spelled(series.oldest)}")
    beyond = max(0, version[1] - series.newest[1])
    if beyond > series.one_more:
        return Verdict(builds=False, why=f"its newest CPython is {spelled(series.newest)}")
    if free_threaded and series.free_threaded is None:
        return Verdict(builds=False, why="supports no free-threaded build", hatch=BUILD_FREE_THREADED)
    if free_threaded and series.free_threaded is not None and version < series.free_threaded:
        why = f"supports free-threaded builds from {spelled(series.free_threaded)}"
        return Verdict(builds=False, why=why, hatch=SKIP_VERSION_CHECK)
    return Verdict(builds=True, why="experimental, not to be distributed" if beyond else "")


def spans(version: Minor, *, free_threaded: bool) -> Iterator[tuple[str, Verdict]]:
    """Yield the verdicts of all series on one interpreter, oldest first, equal neighbours as one."""
    for found, same in itertools.groupby(
        SERIES, lambda one: verdict(one, version, free_threaded=free_threaded)
    ):
        yield _span(same), found


def built_by(version: Minor, *, free_threaded: bool) -> str:
    """Return the series that build for an interpreter without being forced, e.g. ``0.23 to 0.28``."""
    groups = itertools.groupby(SERIES, lambda one: verdict(one, version, free_threaded=free_threaded).builds)
    return ", ".join(_span(same) for builds, same in groups if builds) or "none"


def spelled(version: Iterable[int]) -> str:
    """``3.14`` for ``(3, 14)``."""
    return ".".join(map(str, version))


def _span(neighbours: Iterable[Series]) -> str:
    first, *others = (series.name for series in neighbours)
    return f"{first} to {others[-1]}" if others else first
