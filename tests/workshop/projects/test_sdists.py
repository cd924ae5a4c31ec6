"""Pins, and downloading with the real pip from an index that is a folder."""

import hashlib
import re

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from abi_matrix.base import cache
from abi_matrix.base.errors import UserError
from matrix.tests import made
from workshop.projects import sdists
from workshop.projects.sdists import Sdist


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Make a folder the only index, with one sdist, and return that."""
    folder = tmp_path / "index" / "tiny"
    file = made.sdist(folder, "tiny-1.0")
    (folder / "index.html").write_text(f'<a href="{file.name}">{file.name}</a>', encoding="utf-8")
    monkeypatch.setenv("PIP_INDEX_URL", folder.parent.as_uri())
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    return file


def tiny(file):
    return Sdist("tiny", "1.0", hashlib.sha256(file.read_bytes()).hexdigest())


def test_every_pin_is_whole():
    for sdist in sdists.pinned():
        assert re.fullmatch(r"[0-9a-f]{64}", sdist.sha256)
        assert str(Version(sdist.version)) == sdist.version
        assert all(Requirement(one) for one in sdist.tests_need)


def test_projects_are_chosen_by_name():
    assert [sdist.project for sdist in sdists.pinned(["jiter", "blake3"])] == ["jiter", "blake3"]
    with pytest.raises(UserError, match=r"^numpy is not in projects.toml; choose from rpds-py, blake3, "):
        sdists.pinned(["blake3", "numpy"])


def test_an_sdist_is_downloaded_once(index):
    file = sdists.fetched(tiny(index))
    assert file.read_bytes() == index.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    index.unlink()
    wanted = Sdist("tiny", "1.0", hashlib.sha256(file.read_bytes()).hexdigest())
    assert sdists.fetched(wanted) == file


def test_a_damaged_file_in_the_cache_is_downloaded_again(index):
    damaged = cache.folder("sdists") / "tiny-1.0.tar.gz"
    damaged.write_bytes(index.read_bytes()[:100])
    assert sdists.fetched(tiny(index)).read_bytes() == index.read_bytes()


def test_another_file_than_the_pinned_one_is_refused(index):
    with pytest.raises(UserError, match=r"could not download the sdist of tiny 1.0 .*run again"):
        sdists.fetched(Sdist("tiny", "1.0", "0" * 64))
    assert not [*cache.folder("sdists").iterdir()]


def test_an_sdist_is_unpacked_into_the_folder_of_its_project(index, tmp_path):
    project = sdists.unpacked(index, tmp_path / "work")
    assert project == tmp_path / "work" / "tiny-1.0"
    assert (project / "pyproject.toml").read_text(encoding="utf-8") == made.PYPROJECT
