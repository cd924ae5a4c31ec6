import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import Row
from tests.workshop import fakes
from workshop import repository
from workshop.release import reproducibility, sdist

TOOLS = Path(sys.executable).parent
ROW = Row("cp314-cp314t", "3.14t", ("3.14t",), {"HATCH": "1"})
EXTENSION = "gil/_gil.cpython-314t-x86_64-linux-gnu.so"


def test_the_same_file_twice_passes_and_its_sum_is_said(tmp_path, capsys):
    one = fakes.wheel(tmp_path)
    reproducibility.require_same(one, shutil.copy(one, tmp_path / "other.whl"))
    assert re.search(r"sha256 [0-9a-f]{64} both times$", capsys.readouterr().out)


def differ(tmp_path, one=None, other=None):
    files = [
        fakes.wheel(tmp_path / place, **changes) for place, changes in (("a", one or {}), ("b", other or {}))
    ]
    with pytest.raises(UserError, match="was built twice and is not the same") as raised:
        reproducibility.require_same(*files)
    return str(raised.value).splitlines()[1:]


def test_a_path_in_the_binary_is_shown(tmp_path):
    lines = differ(
        tmp_path,
        {"files": {EXTENSION: b"\x7fELF\0\0/home/one/src/lib.rs\0tail"}},
        {"files": {EXTENSION: b"\x7fELF\0\0/home/two/src/lib.rs\0tail"}},
    )
    assert f"{EXTENSION}: from byte 12 on, '/home/one/src/lib.rs' against '/home/two/src/lib.rs'" in lines


def test_bytes_that_are_no_text_are_shown_in_hexadecimal(tmp_path):
    lines = differ(tmp_path, {"files": {EXTENSION: b"\0\1\2"}}, {"files": {EXTENSION: b"\0\1\3\4"}})
    assert f"{EXTENSION}: from byte 2 on, '02' against '03 04'" in lines


def test_a_longer_file_differs_from_its_end_on(tmp_path):
    lines = differ(tmp_path, {"files": {EXTENSION: b"\0"}}, {"files": {EXTENSION: b"\0\7"}})
    assert f"{EXTENSION}: from byte 1 on, '' against '07'" in lines


def test_a_file_in_only_one_and_another_name_are_told(tmp_path):
    lines = differ(tmp_path, {"files": {"gil/x.py": b""}}, {"platform": "linux_x86_64"})
    assert "gil/x.py is only in one of them" in lines
    assert any(line.startswith("the names: ") for line in lines)
    assert any("dist-info/WHEEL: from byte" in line for line in lines)


def test_times_and_modes_are_told(tmp_path):
    files = []
    for place, date, mode in (("a", 1990, 0o644), ("b", 2000, 0o755)):
        files.append(tmp_path / f"{place}.whl")
        with zipfile.ZipFile(files[-1], "w") as archive:
            info = zipfile.ZipInfo("gil/x.py", (date, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            archive.writestr(info, b"")
    assert reproducibility.differences(*files)[:2] == [
        "gil/x.py: date_time (1990, 1, 1, 0, 0, 0) against (2000, 1, 1, 0, 0, 0)",
        f"gil/x.py: external_attr {0o644 << 16} against {0o755 << 16}",
    ]


def test_the_order_alone_is_told(tmp_path):
    files = []
    for place, names in (("a", "xy"), ("b", "yx")):
        (tmp_path / place).mkdir()
        files.append(tmp_path / place / "same.whl")
        with zipfile.ZipFile(files[-1], "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(name), b"")
    assert reproducibility.differences(*files) == [
        "only the order or the compression of the files in the archive"
    ]


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Return a function that makes a tiny project the tree, and returns its sdist."""
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


def test_a_binary_that_names_its_target_folder_is_told(tiny):
    source = tiny("'from ' + os.environ['CARGO_TARGET_DIR']")
    differing = r"(?s)keep out of it what differs.*'from .*/one/target' against 'from .*/another/target'"
    with pytest.raises(UserError, match=differing):
        reproducibility.require(ROW, "/python3.14t", TOOLS, source)


def test_a_failed_build_is_told(tiny, tmp_path):
    source = tiny("os.no_such_thing")
    with pytest.raises(UserError, match=r"(?s)^Building cp314-cp314t from .* failed:\n.*no_such_thing"):
        reproducibility.build(source, ROW, "/python3.14t", TOOLS, tmp_path / "scratch")
