"""A wheel stays small enough to be downloaded without a thought; the profile in Cargo.toml sees to it."""

import pytest

from workshop import extension, repository

ROWS = [wheel for wheel in repository.table().rows if "abi3" in wheel.tag]  # the largest


@pytest.mark.parametrize("wheel", ROWS, ids=lambda wheel: wheel.tag)
def test_a_wheel_has_at_most_350_kilobytes(wheel):
    assert extension.built(wheel).stat().st_size <= 350_000
