"""What one call does to the GIL: ``gil.probe()``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gil.instruments.probe.measuring import measure
from gil.instruments.probe.result import Kind, Probe

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Kind", "Probe", "measure", "probe"]


def probe(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Probe:  # noqa: ANN401 - func's own
    """Call ``func(*args, **kwargs)`` and say whether it lets go of the GIL, and for how much of its time.

    A call that takes less than a quarter of a second is repeated, for about a second in all;
    ``gil.instruments.probe.measure`` takes other times, and makes one call only. A native thread that never
    attaches looks meanwhile whether the calling thread is attached; another asks for its turn now and then.

    ``print(gil.probe(func))`` prints the verdict, one sentence; ``value`` is what the first call returned.

    Raises:
        RuntimeError: this interpreter lets nobody see whether a thread is attached, and has no GIL either.
            What ``func`` raises passes through.

    """
    return measure(func, args, kwargs)
