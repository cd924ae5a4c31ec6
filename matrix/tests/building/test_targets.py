import os

from abi_matrix.base import cache
from abi_matrix.building.targets import target_folder


def build(root, tag, *files):
    """Compile files in the target folder of ``tag``; return what was there before."""
    with target_folder(root, tag) as folder:
        before = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name, encoding="utf-8")
    return before


def test_the_first_begins_with_nothing_and_the_others_with_what_it_compiled(tmp_path):
    assert build(tmp_path, "cp314-cp314t", "release/deps/libsyn.rlib", "wheels/x.whl") == []
    file = tmp_path / "target" / "cp314-cp314t" / "release" / "deps" / "libsyn.rlib"
    os.utime(file, ns=(1_000_000_100, 1_000_000_100))
    assert build(tmp_path, "cp311-abi3", "release/deps/libpyo3.rlib") == ["release/deps/libsyn.rlib"]
    copied = tmp_path / "target" / "cp311-abi3" / "release" / "deps" / "libsyn.rlib"
    # Else cargo would compile it again. The time is a multiple of the 100 ns in which Windows counts.
    assert copied.stat().st_mtime_ns == 1_000_000_100
    assert not (file.parent / "libpyo3.rlib").exists()


def test_what_is_there_is_kept(tmp_path):
    build(tmp_path, "cp314-cp314t", "one")
    build(tmp_path, "cp311-abi3", "two")
    assert build(tmp_path, "cp314-cp314t") == [".abi-matrix", "one"]


def test_a_build_that_failed_is_nothing_to_begin_with(tmp_path):
    failing = target_folder(tmp_path, "cp314-cp314t")
    folder = failing.__enter__()
    folder.mkdir(parents=True)
    (folder / "half").touch()
    assert not failing.__exit__(OSError, OSError("broken"), None)
    assert build(tmp_path, "cp311-abi3", "one") == []
    assert build(tmp_path, "cp314-cp314t") == ["one"]


def test_only_one_build_at_a_time_has_nothing_to_begin_with(tmp_path, monkeypatch):
    held = []
    monkeypatch.setattr(cache, "lock", lambda name, _: held.append(name) or cache_lock(name))
    with target_folder(tmp_path, "cp314-cp314t") as folder:
        folder.mkdir(parents=True)
        assert held == LOCKED
    assert LOCKED == []
    build(tmp_path, "cp314-cp314t")
    assert len(held) == 1


LOCKED = []


class cache_lock:  # noqa: N801 - stands in for a function
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        LOCKED.append(self.name)

    def __exit__(self, *error):
        LOCKED.remove(self.name)
