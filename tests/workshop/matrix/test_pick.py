import platform
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from matrix import installers, pick
from matrix.errors import UserError
from matrix.pick import Choice
from matrix.table import Table, Wheel
from tests.workshop import fakes
from tests.workshop.fakes import VERSION

HERE = "{}.{}".format(*sys.version_info) + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
LINUX = f"manylinux_2_17_{platform.machine()}"
TOOLS = Path(sys.executable).parent
ONE = Table((Wheel("cp311-abi3", "3.11", (HERE,)),), {}, ())


def name(tag):
    return f"gil_demo-{VERSION}-{tag}-{LINUX}.whl"


@pytest.fixture
def folder(tmp_path):
    """Two wheels that fit this interpreter, of which the newer is preferred, and one that does not."""
    for tag in ("cp39-abi3", "cp311-abi3", "cp399-cp399"):
        fakes.wheel(tmp_path / "wheels", tag, LINUX, files={"gil/_gil.so": tag.encode()})
    return tmp_path / "wheels"


def by_pip(folder, executable):
    return pick.by_pip(folder, executable, TOOLS)


@pytest.mark.parametrize("by", [pick.by_uv, by_pip])
def test_nothing_that_fits_is_an_answer(folder, by):
    for fitting in ("cp39-abi3", "cp311-abi3"):
        (folder / name(fitting)).unlink()
    assert by(folder, sys.executable) is None


@pytest.mark.parametrize(("by", "installer"), [(pick.by_uv, "uv"), (by_pip, "pip")])
def test_failing_otherwise_is_no_answer(tmp_path, by, installer):
    with pytest.raises(UserError, match=rf"^{installer} failed for /no/such/python: "):
        by(tmp_path, "/no/such/python")


def test_when_both_agree_with_the_table_it_is_shown(folder, capsys):
    pick.require(folder, {HERE: folder / name("cp311-abi3")}, {HERE: sys.executable}, TOOLS)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if HERE in line.split()]
    assert line.count(name("cp311-abi3")) == 2
    assert "as the table says" in line


def test_every_disagreement_is_named(folder):
    with pytest.raises(UserError, match="mend its `serves`, or the wheels' tags:") as raised:
        pick.require(folder, {HERE: folder / name("cp39-abi3")}, {HERE: sys.executable}, TOOLS)
    assert str(raised.value).splitlines()[1:] == [
        f"{HERE}: {installer} takes {name('cp311-abi3')}, the table says {name('cp39-abi3')}"
        for installer in ("pip", "uv")
    ]


def test_one_installer_alone_may_disagree():
    assert Choice("3.15", table="a", pip="a", uv="a").faults == []
    assert Choice("3.15", table="a", pip="b", uv="a").faults == ["3.15: pip takes b, the table says a"]
    assert Choice("3.15", table="a", pip="a", uv="b").faults == ["3.15: uv takes b, the table says a"]


def prove(tmp_path, **changes):
    file = fakes.wheel(tmp_path, "cp311-abi3", LINUX, **changes)
    pick.prove({HERE: file}, {HERE: sys.executable}, ONE)


# Stands in for the compiled module: says that it is one, and turns the GIL on like one that needs it.
GIL = """
import sys, sysconfig
sys._is_gil_enabled = lambda: {gil}
sys.modules["gil._gil"] = module = type(sys)("gil._gil")
module.__file__ = __file__.replace("__init__.py", "_gil.abi3.so")
_gil = module
build_info = type("Info", (), {{"abi": "{abi}"}})
"""


def test_a_sound_wheel_says_what_it_is(tmp_path, capsys):
    prove(tmp_path, files={"gil/__init__.py": GIL.format(gil=True, abi="abi3").encode()})
    assert f"{name('cp311-abi3')}: CPython {platform.python_version()}" in capsys.readouterr().out


@pytest.mark.skipif(
    HERE.endswith("t"), reason="a standard build's import is what stands in for the GIL's return"
)
def test_a_wheel_that_changes_the_gil_is_named(tmp_path):
    with pytest.raises(
        UserError, match=rf"(?s)^These wheels are not sound.*\n{name('cp311-abi3')} on {HERE}: .*GIL"
    ):
        prove(tmp_path, files={"gil/__init__.py": GIL.format(gil=False, abi="abi3").encode()})


def test_a_wheel_for_another_abi_is_named(tmp_path):
    with pytest.raises(
        UserError, match=rf"\n{name('cp311-abi3')} on {HERE}: .*compiled for cp314t, not for abi3"
    ):
        prove(tmp_path, files={"gil/__init__.py": GIL.format(gil=True, abi="cp314t").encode()})


def test_a_wheel_that_cannot_be_imported_is_named(tmp_path):
    with pytest.raises(UserError, match=rf"\n{name('cp311-abi3')} on {HERE}: .*Error"):
        prove(tmp_path)


def test_a_wheel_that_hangs_at_import_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(installers, "_PATIENCE", 0.5)
    with pytest.raises(UserError, match=rf"\n{name('cp311-abi3')} on {HERE}: did not end within 0\.5 s$"):
        prove(tmp_path, files={"gil/__init__.py": b"import time\ntime.sleep(60)\n"})


def test_a_wheel_that_cannot_be_installed_is_named(tmp_path):
    with pytest.raises(UserError, match=rf"\ngil_demo-{VERSION}-cp399-cp399-{LINUX}.whl on {HERE}: "):
        pick.prove({HERE: fakes.wheel(tmp_path, "cp399-cp399", LINUX)}, {HERE: sys.executable}, ONE)


def test_installed_means_every_byte(tmp_path):
    file = fakes.wheel(tmp_path)
    assert not pick.is_installed(file, tmp_path)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)
    assert pick.is_installed(file, tmp_path)
    (tmp_path / "gil" / "__init__.py").write_text("other", encoding="utf-8")
    assert not pick.is_installed(file, tmp_path)
