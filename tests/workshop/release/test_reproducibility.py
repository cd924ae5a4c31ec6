import json
import re
import shutil

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import Row
from tests.workshop import fakes
from tests.workshop.fakes import TOOLS
from workshop import repository
from workshop.release import reproducibility, sdist

ROW = Row("cp314-cp314t", "3.14t", ("3.14t",), {"HATCH": "1"})
EXTENSION = "gil/_gil.cpython-314t-x86_64-linux-gnu.so"


def test_the_same_file_twice_passes_and_its_sum_is_said(tmp_path, capsys):
    one = fakes.wheel(tmp_path)
    reproducibility.require_same(one, shutil.copy(one, tmp_path / "other.whl"))
    assert re.search(r"sha256 [0-9a-f]{64} both times$", capsys.readouterr().out)


def test_two_files_that_differ_are_both_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(reproducibility, "KEPT", tmp_path / "kept")
    changes = {"a": {EXTENSION: b"one"}, "b": {EXTENSION: b"two"}}
    files = [fakes.wheel(tmp_path / place, files=changed) for place, changed in changes.items()]
    with pytest.raises(UserError, match="was built twice and is not the same") as raised:
        reproducibility.require_same(*files)
    kept = [tmp_path / "kept" / number / files[0].name for number in "12"]
    assert f"is not the same: `uvx diffoscope {kept[0]} {kept[1]}` shows where" in str(raised.value)
    assert [file.read_bytes() for file in kept] == [file.read_bytes() for file in files]


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Return a function that makes a tiny project this repository, and returns its sdist."""
    (tmp_path / "home" / "registry" / "src").mkdir(parents=True)
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))

    def make(binary="'the same'"):
        root = fakes.project(tmp_path / "project", binary)
        monkeypatch.setattr(repository, "ROOT", root)
        monkeypatch.setattr(sdist, "ROOT", root)
        monkeypatch.setattr(repository, "version", lambda: fakes.VERSION)
        return sdist.make(TOOLS, tmp_path)

    return make


def test_two_builds_share_no_folder_but_the_crates(tiny, tmp_path):
    reproducibility.require(ROW, "/python3.14t", TOOLS, tiny())
    one, other = map(json.loads, (tmp_path / "log").read_text(encoding="utf-8").splitlines())
    for name in ("CARGO_HOME", "CARGO_TARGET_DIR", "source"):
        assert one[name] != other[name]
    for build in (one, other):
        assert build["crates"] == ["src"]
        assert (build["HATCH"], build["CARGO_NET_OFFLINE"]) == ("1", "true")
        assert build["SOURCE_DATE_EPOCH"] == reproducibility.EPOCH
        assert "--interpreter=/python3.14t" in build["MATURIN_PEP517_ARGS"]


def test_a_binary_that_names_its_target_folder_is_told(tiny, tmp_path, monkeypatch):
    source = tiny("'from ' + os.environ['CARGO_TARGET_DIR']")
    monkeypatch.setattr(reproducibility, "KEPT", tmp_path / "kept")
    with pytest.raises(UserError, match=r"is not the same: `uvx diffoscope"):
        reproducibility.require(ROW, "/python3.14t", TOOLS, source)


def test_a_failed_build_is_told(tiny, tmp_path):
    source = tiny("os.no_such_thing")
    with pytest.raises(UserError, match=r"(?s)^Building cp314-cp314t from .* failed:\n.*no_such_thing"):
        reproducibility.build(source, ROW, "/python3.14t", TOOLS, tmp_path / "work")
