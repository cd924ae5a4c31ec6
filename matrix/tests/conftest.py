import itertools

import made
import pytest
from caches import cache_folder, compiled_files

from abi_matrix.checking import matrix
from abi_matrix.interpreters import names
from abi_matrix.wheels.folder import collect

__all__ = ["cache_folder", "compiled_files"]  # which every test uses


@pytest.fixture
def table(tmp_path):
    """Return a function that makes wheels of these tags, and the matrix of them."""

    numbers = itertools.count()

    def build(*tags, pythons=(), members=None, sdist=False, older=()):
        folder = made.wheels(tmp_path / str(next(numbers)), *tags, members=members)
        made.wheels(folder, *older, named="demo-0.9")
        if sdist:
            made.sdist(folder, "demo-1.0")
        return matrix.build(collect([folder]), [names.parse(python) for python in pythons])

    return build
