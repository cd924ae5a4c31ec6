import errno
import hashlib
import http.client

import pytest

from matrix import fetch
from matrix.errors import UserError
from matrix.table import Source

CONTENT = b"sources"
PIN = Source("3.99.1", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Two places; a test puts files there or not."""
    files = [tmp_path / "upstream", tmp_path / "archive"]
    monkeypatch.setattr(fetch, "places", lambda version: [file.as_uri() for file in files])
    return files


def leftovers(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def break_off(monkeypatch, served, failure):
    """Let every copy fail half-way."""

    def copy(response, file, chunk):
        file.write(response.read(3))
        raise failure

    for file in served:
        file.write_bytes(CONTENT)
    monkeypatch.setattr(fetch.shutil, "copyfileobj", copy)


def test_fetched_once_then_taken_from_the_cache(served, cache_folder):
    served[0].write_bytes(CONTENT)
    path = fetch.tarball(PIN)
    assert path.read_bytes() == CONTENT
    served[0].unlink()
    assert fetch.tarball(PIN) == path
    assert leftovers(cache_folder) == ["Python-3.99.1.tar.xz"]


def test_the_second_place_serves_where_the_first_fails(served):
    served[1].write_bytes(CONTENT)
    assert fetch.tarball(PIN).read_bytes() == CONTENT


def test_a_wrong_byte_at_one_place_is_refused_and_the_next_one_tried(served):
    served[0].write_bytes(b"Sources")
    served[1].write_bytes(CONTENT)
    assert fetch.tarball(PIN).read_bytes() == CONTENT


def test_wrong_bytes_everywhere_are_one_sentence_and_nothing_is_left(served, cache_folder):
    for file in served:
        file.write_bytes(b"Sources")
    with pytest.raises(UserError, match=rf"sha256 is .*, the table pins {PIN.sha256}.*run again\.$"):
        fetch.tarball(PIN)
    assert leftovers(cache_folder) == []


def test_a_wrong_byte_in_the_cache_is_told_and_fetched_again(served, capsys):
    served[0].write_bytes(CONTENT)
    path = fetch.tarball(PIN)
    path.write_bytes(b"sourceS")
    assert fetch.tarball(PIN).read_bytes() == CONTENT
    assert "does not have the pinned sha256; fetching it again." in capsys.readouterr().out


def test_no_network_is_one_sentence(served):
    with pytest.raises(
        UserError, match=r"^The sources of CPython 3\.99\.1 could not be had .* connect to the network"
    ):
        fetch.tarball(PIN)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (http.client.IncompleteRead(b"half", 9), r"IncompleteRead\(4 bytes read, 9 more expected\)"),
        (http.client.BadStatusLine("half a line"), "half a line"),
    ],
)
def test_a_server_that_breaks_off_is_the_networks_fault(served, cache_folder, monkeypatch, failure, reason):
    break_off(monkeypatch, served, failure)
    with pytest.raises(UserError, match=rf"upstream: ({reason}); .*archive: .* connect to the network"):
        fetch.tarball(PIN)
    assert leftovers(cache_folder) == []


def test_a_disk_that_fills_up_is_not_the_networks_fault(served, cache_folder, monkeypatch):
    break_off(monkeypatch, served, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(UserError, match=r"^.*Python-3\.99\.1\.tar\.xz could not be written .*: make room"):
        fetch.tarball(PIN)
    assert leftovers(cache_folder) == []


def test_uv_offline_is_respected(monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert list(fetch.places("3.14.7")) == []


def test_places_spell_versions_as_each_place_does(monkeypatch):
    monkeypatch.setattr(fetch, "_debian_archives", lambda: ["http://archive/debian"])
    assert list(fetch.places("3.15.0rc2")) == [
        "https://www.python.org/ftp/python/3.15.0/Python-3.15.0rc2.tar.xz",
        "http://archive/debian/pool/main/p/python3.15/python3.15_3.15.0~rc2.orig.tar.xz",
    ]
    assert list(fetch.places("3.14.7"))[1].endswith("python3.14_3.14.7.orig.tar.xz")


def test_a_full_disk_is_told_before_fetching(served, monkeypatch):
    monkeypatch.setattr(fetch, "_MEBIBYTES", 2**40)
    with pytest.raises(UserError, match="make room"):
        fetch.tarball(PIN)
