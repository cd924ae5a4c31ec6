import importlib.machinery
import sys
import zipfile

import made
import pytest
from packaging.tags import sys_tags

from abi_matrix.interpreters import names
from abi_matrix.interpreters.machines import machines
from abi_matrix.wheels import modules as module_of_modules
from abi_matrix.wheels.files import read_wheel
from abi_matrix.wheels.modules import gil_by_file, importable, labels, modules

NAME = "demo-1.0-cp314-cp314t-win_amd64.whl"


def wheel(folder, **members):
    return read_wheel(made.wheel(folder, NAME, members))


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="known are CPython's")
def test_what_is_looked_for_here_is_what_python_says():
    tags = [*sys_tags()]
    here = names.named_by([tag for tag in tags if tag.abi == tag.interpreter or tag.abi.endswith("t")])[-1]
    family = machines([next(tag.platform for tag in tags if not tag.platform.startswith("linux"))])[0].family
    suffixes = [
        suffix.rpartition(".")[0].removeprefix(".") for suffix in importlib.machinery.EXTENSION_SUFFIXES
    ]
    assert labels(here, family) == suffixes


# From importlib.machinery.EXTENSION_SUFFIXES of each.
@pytest.mark.parametrize(
    ("python", "family", "expected"),
    [
        ("3.14", "manylinux_x86_64", ["cpython-314-x86_64-linux-gnu", "abi3", ""]),
        ("3.14t", "manylinux_i686", ["cpython-314t-i386-linux-gnu", "abi3", ""]),
        ("3.11", "musllinux_armv7l", ["cpython-311-arm-linux-musleabihf", "abi3", ""]),
        ("3.9", "musllinux_s390x", ["cpython-39-s390x-linux-gnu", "cpython-39-s390x-linux-musl", "abi3", ""]),
        ("3.13t", "macosx_arm64", ["cpython-313t-darwin", "abi3", ""]),
        ("3.13t", "win_arm64", ["cp313t-win_arm64", ""]),
        ("3.15", "manylinux_x86_64", ["cpython-315-x86_64-linux-gnu", "abi3-x86_64-linux-gnu", "abi3",
                                      "abi3t-x86_64-linux-gnu", "abi3t", ""]),
        ("3.15t", "manylinux_s390x", ["cpython-315t-s390x-linux-gnu", "abi3t-s390x-linux-gnu", "abi3t", ""]),
    ],
)  # fmt: skip
def test_what_other_interpreters_look_for(python, family, expected):
    assert labels(names.parse(python), family) == expected


def test_modules_are_told_from_libraries_by_name(tmp_path):
    found = modules(wheel(tmp_path, **{
        "demo/_a.cp314t-win_amd64.pyd": b"", "demo/_a.pyd": b"", "demo/sub/_b.abi3.so": b"",
        "demo-1.0.data/platlib/_top.so": b"", "demo.libs/libgcc-1.so": b"", "demo/.dylibs/x.so": b"",
        "demo/lib.so.1": b"", "demo/libx-y.so": b"", "demo/lib.v1.so": b"", "demo-1.0.data/data/_c.so": b"",
    }))  # fmt: skip
    assert {module.name: {*module.files} for module in found} == {
        "demo._a": {"cp314t-win_amd64", ""}, "demo.sub._b": {"abi3"}, "_top": {""},
    }  # fmt: skip
    assert [module.name for module in found if module.names_an_abi] == ["demo._a", "demo.sub._b"]


def test_the_first_that_python_looks_for_is_loaded(tmp_path):
    (module,) = modules(wheel(tmp_path, **{"_a.abi3.so": b"", "_a.cpython-314t-darwin.so": b""}))
    assert module.loaded(names.parse("3.14t"), "macosx_arm64") == "cpython-314t-darwin"
    assert module.loaded(names.parse("3.13"), "macosx_arm64") == "abi3"
    assert module.loaded(names.parse("3.15t"), "macosx_arm64") is None


def test_what_has_no_entry_or_makes_no_module_is_not_imported(tmp_path):
    far = b"\0" * ((1 << 18) - 3)  # so that the word lies across two chunks
    found = wheel(tmp_path, **{
        "demo/_a.so": far + b"PyInit__a PyModule_Create2", "demo/_b.abi3t.so": b"PyModExport__b",
        "demo/libx.so": b"PyInit_y PyModuleDef_Init", "demo/_stub.so": b"PyInit__stub, for ctypes",
    })  # fmt: skip
    assert [module.name for module in importable(found)] == ["demo._a", "demo._b"]


SILENT = b"PyInit__a PyModule_Create2"


def silent(found):
    certain, undecided = gil_by_file(found)
    return [module.name for module in certain], undecided


def test_what_is_too_long_to_be_read_is_not_called_silent(tmp_path, monkeypatch):
    found = wheel(tmp_path, **{"_a.so": SILENT.ljust(101)})
    assert silent(found) == (["_a"], False)
    monkeypatch.setattr(module_of_modules, "_LONGEST_FILE", 100)
    assert silent(found) == ([], True)


def test_a_zip_bomb_is_not_read(tmp_path, monkeypatch):
    bomb = {"_a.so": SILENT + bytes(2 << 20)}
    assert silent(wheel(tmp_path, **bomb)) == (["_a"], False)
    monkeypatch.setattr(made, "COMPRESSION", zipfile.ZIP_DEFLATED)
    assert silent(wheel(tmp_path / "other", **bomb)) == ([], True)


@pytest.mark.parametrize("word", [b"PyModuleDef_Init", b"PyUnstable_Module_SetGIL", b"PyModExport_a"])
def test_what_could_declare_something_is_not_called_silent(tmp_path, word):
    assert silent(wheel(tmp_path, **{"_a.so": SILENT, "_b.so": SILENT + word})) == (["_a"], True)


def test_what_makes_no_module_concerns_no_gil(tmp_path):
    assert silent(wheel(tmp_path, **{"_a.so": b"PyInit__a, for ctypes"})) == ([], False)
