import io
import tarfile

import pytest

from abi_matrix.base.errors import UserError
from tests.workshop import fakes
from tests.workshop.fakes import TOOLS, VERSION
from workshop import repository
from workshop.release import sdist

NEEDED = ["Cargo.toml", "src/gil/__init__.py", "src/rust/lib.rs"]
TOP = f"gil_demo-{VERSION}"


@pytest.fixture(autouse=True)
def _tracked(monkeypatch):
    monkeypatch.setattr(repository, "tracked", lambda *under: NEEDED)


def make(folder, names, named=f"{TOP}.tar.gz", link=None):
    with tarfile.open(folder / named, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return folder / named


ALL = [f"{TOP}/{name}" for name in (*NEEDED, "PKG-INFO")]


def lines(file):
    with pytest.raises(UserError, match="does not hold what a build needs") as raised:
        sdist.require(file, VERSION)
    return str(raised.value).splitlines()[1:]


def test_what_a_build_needs_and_nothing_else_passes(tmp_path, capsys):
    sdist.require(make(tmp_path, ALL), VERSION)
    assert capsys.readouterr().out == f"{TOP}.tar.gz: 4 files, all that a build needs and no other.\n"


@pytest.mark.parametrize("name", [*NEEDED, "PKG-INFO"])
def test_what_is_missing_is_named(tmp_path, name):
    file = make(tmp_path, [entry for entry in ALL if entry != f"{TOP}/{name}"])
    assert lines(file) == [f"- {name}: a build needs it"]


@pytest.mark.parametrize("name", ["noxfile.py", "dist/x.whl", "src/gil/_gil.abi3.so", "matrix/table.py"])
def test_what_no_build_needs_is_named(tmp_path, name):
    assert lines(make(tmp_path, [*ALL, f"{TOP}/{name}"])) == [f"+ {name}: no build needs it"]


def test_what_lies_outside_is_named(tmp_path):
    assert f"+ ../evil: neither file nor folder below {TOP}/" in lines(make(tmp_path, [*ALL, "../evil"]))


def test_a_link_is_named(tmp_path):
    file = make(tmp_path, ALL, link=f"{TOP}/link")
    assert lines(file) == [f"+ {TOP}/link: neither file nor folder below {TOP}/"]


def test_another_version_is_told(tmp_path):
    file = make(tmp_path, ALL, "gil_demo-0.0.9.tar.gz")
    with pytest.raises(UserError, match=rf"^The sdist is gil_demo-0\.0\.9\.tar\.gz, but this is {TOP}"):
        sdist.require(file, VERSION)


def test_make_returns_the_file_or_says_why_not(tmp_path, monkeypatch):
    root = fakes.project(tmp_path / "project")
    monkeypatch.setattr(sdist, "ROOT", root)
    (tmp_path / "gil_demo-0.0.1.tar.gz").touch()  # of an earlier version, in a folder that stays
    with tarfile.open(sdist.make(TOOLS, tmp_path)) as made:
        assert {f"{TOP}/pyproject.toml", f"{TOP}/backend.py"} <= {*made.getnames()}
    (root / "backend.py").write_text("no Python", encoding="utf-8")
    with pytest.raises(UserError, match=r"(?s)^Making the sdist failed:.*SyntaxError"):
        sdist.make(TOOLS, tmp_path)


def test_every_folder_that_is_needed_is_there():
    for name in sdist.NEEDED:
        assert (repository.ROOT / name).exists(), f"{name} is gone: edit NEEDED in workshop/release/sdist.py"
