"""The state of the GIL."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def gil_enabled() -> bool:
    """Return whether there is a GIL now; before 3.13 there always was.

    While a thread loads an extension module it is on for a moment.
    """
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def gil_stays_on(is_clear: Callable[[], object], longest: float) -> bool:
    """Return whether the GIL is on, and not only while another thread loads an extension module.

    It is if ``is_clear()`` says so, or if it is on for ``longest`` seconds, which this then takes.
    """
    until = time.monotonic() + longest
    while gil_enabled():
        if is_clear() or time.monotonic() > until:
            return True
        time.sleep(0.005)
    return False
