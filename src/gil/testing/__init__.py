"""For tests: does a call release the GIL, or keep it? docs/pytest.md explains when to ask what."""

from gil.testing.assertions import assert_holds_gil, assert_releases_gil
from gil.testing.verdict import NotMeasuredError

__all__ = ["NotMeasuredError", "assert_holds_gil", "assert_releases_gil"]
