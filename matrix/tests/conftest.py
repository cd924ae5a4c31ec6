import made
import pytest

from abi_matrix.checking import matrix
from abi_matrix.interpreters import names
from abi_matrix.wheels.folder import collect


@pytest.fixture
def table(tmp_path):
    """Return a function that makes wheels of these tags, and the matrix of them."""

    def build(*tags, pythons=(), members=None, sdist=False, named="demo-1.0"):
        folder = made.wheels(tmp_path / "dist", *tags, named=named, members=members)
        if sdist:
            made.sdist(folder, named)
        return matrix.build(collect([folder]), [names.parse(python) for python in pythons])

    return build
