"""`build_info()` against the interpreter's own account of itself."""

import platform
import re
import sys
import sysconfig
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import gil._gil
from gil import BuildInfo, build_info

pytestmark = pytest.mark.gil_state

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def suffix():
    return Path(gil._gil.__file__).name.removeprefix("_gil")


@pytest.mark.claim("I5")
def test_python_is_this_interpreter():
    """The version is the running interpreter's, not the one that the extension was compiled with."""
    assert build_info().python == platform.python_version()


@pytest.mark.claim("I5", "3j")
def test_build_and_gil_are_what_the_interpreter_says():
    """The build comes from sysconfig, the GIL from the moment: neither follows from the other."""
    info = build_info()
    assert info.free_threaded_build is FREE_THREADED
    assert info.gil_enabled is getattr(sys, "_is_gil_enabled", lambda: True)()
    if hasattr(sys, "abiflags"):  # on Windows 3.14.3 still has none
        assert info.free_threaded_build is ("t" in sys.abiflags)


@pytest.mark.claim("I5", "3f")
def test_file_is_one_that_this_interpreter_loads():
    """The file's suffix is in the interpreter's list, and no abi3 file is in a free-threaded one."""
    assert suffix() in EXTENSION_SUFFIXES
    if FREE_THREADED:
        # 3.13t and 3.14t list .abi3.so too, though objects have another layout there.
        assert ".abi3." not in suffix()


@pytest.mark.claim("I5")
def test_abi_is_that_of_the_file():
    """The ABI compiled in is the one in the file's name."""
    stable = re.match(r"\.(abi3t?)\b", suffix())
    if stable:
        expected = stable[1]
    elif suffix() == sysconfig.get_config_var("EXT_SUFFIX"):
        expected = f"cp{sys.version_info.major}{sys.version_info.minor}{'t' * FREE_THREADED}"
    else:
        expected = "abi3"  # Windows calls it .pyd
    assert build_info().abi == expected


def test_versions():
    """The package has the distribution's version, and PyO3 its own."""
    assert gil.__version__ == metadata.version("gil-demo")
    assert re.fullmatch(r"\d+\.\d+\.\d+", build_info().pyo3)


def test_build_info_is_a_value():
    """Two answers that say the same are equal and hash alike, and show what they say."""
    info = build_info()
    assert info == build_info()
    assert hash(info) == hash(build_info())
    assert info != repr(info)
    assert f"python={info.python!r}" in repr(info)
    assert repr(info).endswith(f"gil_enabled={info.gil_enabled})")


def test_build_info_cannot_be_made_up_or_changed():
    """Only `build_info()` makes it, and nothing changes it."""
    with pytest.raises(TypeError, match="cannot create"):
        BuildInfo()
    with pytest.raises(AttributeError, match="not writable"):
        build_info().gil_enabled = None
