"""A wheel stays small enough to be downloaded without a thought; the profile in Cargo.toml sees to it."""

import pytest

from matrix import table, wheels

ROWS = [wheel for wheel in table.load().wheels if "abi3" in wheel.tag]  # the largest


@pytest.mark.parametrize("wheel", ROWS, ids=lambda wheel: wheel.tag)
def test_a_wheel_has_at_most_300_kilobytes(wheel):
    assert wheels.built(wheel).stat().st_size <= 300_000
