"""The extension modules that lie in the folders of a package."""

import importlib
import types
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from gil.instruments.imports.contents import extension_modules

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="imports a package that it has made"),
]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Import a package with such modules, and with files that are none."""
    tagged, plain = EXTENSION_SUFFIXES[0], EXTENSION_SUFFIXES[-1]
    files = {
        "__init__.py": b"",
        f"_b{tagged}": b"....PyInit__b....",
        f"_a{plain}": b"....PyModExport__a",
        f"libc{plain}": b"no such name",
        f"empty{plain}": b"",
        f"not-a-name{plain}": b"PyInit_not-a-name",
        "_d.cpython-39-other.so": b"PyInit__d",
        f"below/_c{plain}": b"PyInit__c",
        f"below/__pycache__/_e{plain}": b"PyInit__e",
        f"not.a.package/_f{plain}": b"PyInit__f",
    }
    for file, content in files.items():
        path = tmp_path / "a_package_with_files" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("a_package_with_files")


def test_modules_are_found_by_name_and_content(package):
    """In folders that can be packages, whether they have Python code or not."""
    names = ["_a", "_b", "below._c"]
    assert list(extension_modules(package)) == [f"a_package_with_files.{name}" for name in names]


def test_a_namespace_package_is_left_alone(package):
    """Its folders belong to others as well; what is no package has none."""
    namespace = types.ModuleType("namespace")
    namespace.__path__ = package.__path__
    assert list(extension_modules(namespace)) == []
    assert list(extension_modules(types)) == []
