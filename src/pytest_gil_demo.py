"""What gil-demo adds to pytest: a fixture.

This is no module of the package ``gil``: pytest loads it in every run, and importing ``gil`` loads the native
module. What a run uses is imported when it uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gil import Holder


@pytest.fixture
def hold_gil() -> Iterator[Callable[..., Holder]]:
    """Return a function ``hold_gil(seconds, *, after=0.0)``: a native thread keeps the GIL for so long.

    It attaches ``after`` seconds from the call, and without a GIL it stays attached. What it returns is a
    ``gil.Holder``: as a context manager it waits until the thread has let go, and ``wait()`` returns when it
    did what. At the end of the test it has let go.
    """
    from gil import Holder  # noqa: PLC0415

    holders: list[Holder] = []

    def hold(seconds: float, *, after: float = 0.0) -> Holder:
        holder = Holder(seconds, after=after)
        holders.append(holder)
        return holder

    yield hold
    for holder in holders:
        holder.stop()
