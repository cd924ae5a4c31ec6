"""Sources are fetched from servers on this machine, of which some break off."""

import hashlib
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import Source
from abi_matrix.provisioning import sources

CONTENT = b"sources"
PIN = Source("3.99.1", hashlib.sha256(CONTENT).hexdigest())
GOOD = b"HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n" + CONTENT
WRONG = GOOD.replace(CONTENT, b"Sources")
MISSING = b"HTTP/1.0 404 Not Found\r\n\r\n"
HALF = GOOD.removesuffix(b"rces")
HALF_A_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nsou"
NONSENSE = b"no HTTP at all\r\n"
BAD = {
    "missing": (MISSING, "Not Found"),
    "wrong": (WRONG, rf"sha256 is [0-9a-f]+, the table pins {PIN.sha256}"),
    "half": (HALF, rf"sha256 is [0-9a-f]+, the table pins {PIN.sha256}"),
    "half a chunk": (HALF_A_CHUNK, "IncompleteRead"),
    "nonsense": (NONSENSE, "no HTTP at all"),
}


@pytest.fixture
def served(monkeypatch):
    """Return what two places answer: bytes that a test sets, and then counts the requests for."""
    answers, asked = {"/upstream": MISSING, "/archive": MISSING}, []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.wfile.write(answers[self.path])

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(sources, "places", lambda version: [f"{address}{path}" for path in answers])
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield answers, asked
        server.shutdown()
        thread.join()


def leftovers(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_fetched_once_then_taken_from_the_cache(served, cache_folder):
    answers, asked = served
    answers["/upstream"] = GOOD
    path = sources.tarball(PIN)
    assert path.read_bytes() == CONTENT
    assert sources.tarball(PIN) == path
    assert asked == ["/upstream"]
    assert leftovers(cache_folder) == ["Python-3.99.1.tar.xz"]


@pytest.mark.parametrize("bad", BAD)
def test_the_second_place_serves_where_the_first_fails(served, cache_folder, bad):
    served[0].update({"/upstream": BAD[bad][0], "/archive": GOOD})
    assert sources.tarball(PIN).read_bytes() == CONTENT
    assert leftovers(cache_folder) == ["Python-3.99.1.tar.xz"]


@pytest.mark.parametrize("bad", BAD)
def test_what_no_place_has_is_one_sentence_and_nothing_is_left(served, cache_folder, bad):
    answer, why = BAD[bad]
    served[0].update({"/upstream": answer, "/archive": answer})
    places = rf"could not be had \(.*/upstream: {why}.*/archive: {why}.*\); connect to the network"
    with pytest.raises(UserError, match=rf"(?s)^The sources of CPython 3\.99\.1 {places}.*run again\.$"):
        sources.tarball(PIN)
    assert leftovers(cache_folder) == []


def test_a_wrong_byte_in_the_cache_is_told_and_fetched_again(served, capsys):
    served[0]["/upstream"] = GOOD
    path = sources.tarball(PIN)
    path.write_bytes(b"sourceS")
    assert sources.tarball(PIN).read_bytes() == CONTENT
    assert "does not have the pinned sha256; fetching it again." in capsys.readouterr().out


def test_a_server_that_is_not_there_is_one_sentence(served, monkeypatch):
    monkeypatch.setattr(sources, "places", lambda version: ["http://127.0.0.1:1/upstream"])
    with pytest.raises(UserError, match=r"/upstream: .*refused.* connect to the network"):
        sources.tarball(PIN)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a device that is always full")
def test_a_disk_that_fills_up_is_not_the_networks_fault(served, cache_folder):
    served[0]["/upstream"] = GOOD
    folder = sources.cache.folder("sources")
    (folder / f"Python-3.99.1.tar.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(UserError, match=r"^.*Python-3\.99\.1\.tar\.xz could not be written .*: make room"):
        sources.tarball(PIN)
    assert leftovers(cache_folder) == []


def test_uv_offline_is_respected(monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert list(sources.places("3.14.7")) == []


def test_places_spell_versions_as_each_place_does(monkeypatch):
    monkeypatch.setattr(sources, "_debian_archives", lambda: ["http://archive/debian"])
    assert list(sources.places("3.15.0rc2")) == [
        "https://www.python.org/ftp/python/3.15.0/Python-3.15.0rc2.tar.xz",
        "http://archive/debian/pool/main/p/python3.15/python3.15_3.15.0~rc2.orig.tar.xz",
    ]
    assert list(sources.places("3.14.7"))[1].endswith("python3.14_3.14.7.orig.tar.xz")


def test_a_full_disk_is_told_before_fetching(monkeypatch):
    monkeypatch.setattr(sources, "_MEBIBYTES", 2**40)
    with pytest.raises(UserError, match="make room"):
        sources.tarball(PIN)
