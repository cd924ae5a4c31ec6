"""What the file of a module tells: its ABI, and its distribution."""

import importlib.machinery
import json
import os
import sys
import sysconfig

import pytest

import gil
from gil.instruments.imports import files

pytestmark = pytest.mark.lane_independent
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


@pytest.mark.parametrize(
    ("file", "abi"),
    [
        ("a.cpython-314t-x86_64-linux-gnu.so", "cp314t"),
        ("a.cpython-311-darwin.so", "cp311"),
        ("a.cpython-313d-x86_64-linux-gnu.so", "cp313d"),
        ("a.cp314t-win_amd64.pyd", "cp314t"),
        ("a.abi3.so", "abi3"),
        ("a.abi3t.so", "abi3t"),
        ("a.abi3t-x86_64-linux-gnu.so", "abi3t"),
        ("a.abi3-other.so", "abi3"),
        ("a.so", "no tag"),
        ("a.pyd", "no tag"),
        ("abi3.so", "no tag"),
        (None, "built in"),
    ],
)
def test_abi_of_a_file(file, abi):
    """By its name alone, whichever system it is for."""
    assert files.abi_of(file and os.path.join("cpython-314t.x", file)) == abi  # noqa: PTH118


def test_every_suffix_of_this_python_is_known():
    """Of all endings that this Python loads only the plain one has no tag."""
    *tagged, plain = importlib.machinery.EXTENSION_SUFFIXES
    assert files.abi_of(f"module{plain}") == "no tag"
    tags = {files.abi_of(f"module{suffix}") for suffix in tagged}
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}{'t' if FREE_THREADED else ''}"
    assert {version} <= tags <= {version, "abi3", "abi3t"}


def test_distribution_of_a_module():
    """It is the one that has the file; none where no metadata have it."""
    file = gil._gil.__file__
    assert files.distribution_of("gil._gil", file) == f"gil-demo {gil.__version__}"
    assert files.distribution_of("no_such_module", "/no_such_module.so") is None
    assert files.is_of_python(json.__file__)
    assert not files.is_of_python(file)
