"""The state of the GIL."""

import sys


def gil_enabled() -> bool:
    """Return whether there is a GIL now; before 3.13 there always was.

    While a thread loads an extension module it is on for a moment.
    """
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
