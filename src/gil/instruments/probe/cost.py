"""What a detach and an attach cost on this machine."""

from __future__ import annotations

import collections
import functools
import itertools
import time
from typing import TYPE_CHECKING

import gil

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 15
_CALLS = 300


@functools.cache
def detach_ns() -> float:
    """Return how long a detach and an attach take if nobody else wants the GIL, in nanoseconds.

    That is how much longer ``gil.release(0)`` takes than ``gil.hold(0)``, which differ in nothing else: the
    shortest of several rounds each, as a busy machine makes a round longer and never shorter.
    """
    rounds = [(_each_ns(gil.release), _each_ns(gil.hold)) for _ in range(_ROUNDS)]
    return max(min(release for release, _ in rounds) - min(hold for _, hold in rounds), 1.0)


def _each_ns(function: Callable[[float], None]) -> float:
    begun = time.perf_counter_ns()
    collections.deque(map(function, itertools.repeat(0.0, _CALLS)), maxlen=0)
    return (time.perf_counter_ns() - begun) / _CALLS
