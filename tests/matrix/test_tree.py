import shutil
import subprocess

import pytest

from matrix import tree
from matrix.errors import UserError
from matrix.table import ROOT


def test_tracked_has_what_git_has_and_the_disk_too():
    everything = tree.tracked()
    assert {"pyproject.toml", "src/gil/_gil.pyi", "matrix/table.py"} <= {*everything}
    assert all((ROOT / name).is_file() for name in everything)
    assert tree.tracked("src", "LICENSE") == [
        name for name in everything if name.startswith("src/") or name == "LICENSE"
    ]


def test_what_is_not_under_version_control_is_not_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "tracked", lambda: ["pyproject.toml", "matrix/table.py"])
    copy = tree.copy(tmp_path / "a" / "b")
    assert sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()) == [
        "matrix/table.py",
        "pyproject.toml",
    ]


def test_outside_a_clone_it_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    with pytest.raises(UserError, match=r"is no clone, so nobody knows .*: run it in a clone\.$"):
        tree.tracked()


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
