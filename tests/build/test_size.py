"""A wheel stays small enough to be downloaded without a thought; the profile in Cargo.toml sees to it."""

import zipfile

import pytest

from workshop import extension, repository

ROWS = [wheel for wheel in repository.table().rows if "abi3" in wheel.tag]  # the largest


@pytest.mark.parametrize("wheel", ROWS, ids=lambda wheel: wheel.tag)
def test_a_wheel_has_at_most_450_kilobytes(wheel):
    """Compressed, as it is downloaded; of that the native module has at most 320."""
    file = extension.built(wheel)
    assert file.stat().st_size <= 450_000
    [native] = [
        entry
        for entry in zipfile.ZipFile(file).infolist()
        if entry.filename.startswith("gil/_gil.") and not entry.filename.endswith(".pyi")
    ]
    assert native.compress_size <= 320_000
