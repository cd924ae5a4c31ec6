import os
import subprocess
import sys

import pytest

from abi_matrix.base import cache
from abi_matrix.base.errors import UserError


def test_folder_is_made_in_the_cache(cache_folder):
    assert cache.folder("a", "b") == cache_folder / "a" / "b"
    assert (cache_folder / "a" / "b").is_dir()


def test_an_unusable_cache_is_one_sentence(tmp_path):
    (tmp_path / "cache").touch()
    with pytest.raises(UserError, match=r"cannot be made .* set XDG_CACHE_HOME"):
        cache.folder("a")


def test_a_second_run_waits_for_the_first_and_a_killed_one_blocks_nobody():
    using = "import time; from abi_matrix.base import cache\nwith cache.lock('x'):"
    holding = f"{using} print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", holding], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        taking = f"{using} print('mine', flush=True)"
        with subprocess.Popen([sys.executable, "-c", taking], stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout.readline() == "Another run is working on x; waiting for it.\n"
            first.kill()
            assert second.stdout.readline() == "mine\n"


def test_require_space(tmp_path):
    cache.require_space(tmp_path, 1, "This")
    with pytest.raises(UserError, match=r"^This needs \d+ MiB and .* left; make room or set XDG_CACHE_HOME"):
        cache.require_space(tmp_path, 2**40, "This")


def test_what_is_put_in_its_place_was_flushed_with_the_right_to_write(tmp_path, monkeypatch):
    """As Windows demands it: there fsync of a file that is open for reading fails."""
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.write(descriptor, b"")))
    (tmp_path / "part").write_bytes(b"new")
    (tmp_path / "final").write_bytes(b"old")
    cache.replace(tmp_path / "part", tmp_path / "final")
    assert flushed == [0]
    assert (tmp_path / "final").read_bytes() == b"new"
    assert not (tmp_path / "part").exists()


def test_a_working_folder_is_empty_and_gone_afterwards(cache_folder):
    with cache.working_folder("x", 1, "This") as work:
        assert work.is_relative_to(cache_folder)
        assert [*work.iterdir()] == []
        (work / "file").touch()
    assert [*work.parent.iterdir()] == []


def test_what_a_killed_run_left_is_removed():
    program = (
        "import time\nfrom abi_matrix.base import cache\n"
        "with cache.working_folder('x', 1, 'This') as work:\n print(work, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        left = run.stdout.readline().strip()
        run.kill()
    with cache.working_folder("x", 1, "This") as work:
        assert [*work.parent.iterdir()] == [work]
        assert str(work) != left
