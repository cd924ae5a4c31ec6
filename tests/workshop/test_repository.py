import shutil
import subprocess

import pytest

from abi_matrix.base.errors import UserError
from workshop import repository
from workshop.repository import ROOT


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Make a clone with files that are committed, staged, ignored, new and gone."""
    root = tmp_path / "clone"
    for name in ("LICENSE", "src/committed.py", "src/gone.py", "staged é.md", "new.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")

    def git(*command):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *identity, *command], cwd=root, check=True, capture_output=True)

    git("init")
    git("add", "LICENSE", "src")
    git("commit", "--message=all")
    git("add", "staged é.md")
    (root / "src" / "gone.py").unlink()
    monkeypatch.setattr(repository, "ROOT", root)
    return root


def test_tracked_has_what_git_has_and_the_disk_too(clone):
    assert repository.tracked() == ["LICENSE", "src/committed.py", "staged é.md"]
    assert repository.tracked("src", "LICENSE") == ["LICENSE", "src/committed.py"]


def test_what_is_not_under_version_control_is_not_copied(clone, tmp_path):
    copy = repository.copy(tmp_path / "a" / "b")
    files = {path.relative_to(copy).as_posix(): path for path in copy.rglob("*") if path.is_file()}
    assert {*files} == {"LICENSE", "src/committed.py", "staged é.md"}
    assert files["staged é.md"].read_text(encoding="utf-8") == "staged é.md"


def test_outside_a_clone_it_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    with pytest.raises(UserError, match=r"is no clone, so nobody knows .*: run it in a clone\.$"):
        repository.tracked()


def test_a_checkout_on_windows_has_the_same_bytes(tmp_path):
    """With git's settings there, which turn line ends into CRLF where nothing says otherwise."""

    def git(*command):
        settings = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
        subprocess.run(["git", *settings, *command], cwd=tmp_path, check=True, capture_output=True)

    names = ["LICENSE", ".gitattributes"]
    for name in names:
        shutil.copyfile(ROOT / name, tmp_path / name)
    git("init")
    git("add", *names)
    for name in names:
        (tmp_path / name).unlink()
    git("checkout", "--", *names)
    for name in names:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()
