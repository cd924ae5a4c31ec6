"""A make-believe CPython, whose configure and Makefile are a few lines of shell, is built for real."""

import functools
import subprocess
import sys
import tarfile

import builds
import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import Source
from abi_matrix.provisioning import compilation

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sources are built on Linux only")


@pytest.fixture
def sources(monkeypatch):
    """Return a function that makes the sources; what they are told to do differs by test."""
    monkeypatch.setattr(compilation, "missing_packages", list)
    return functools.partial(builds.sources, "3.99.1")


def left_building(cache_folder):
    return [*(cache_folder / "building").glob("*/*")]


def test_builds_packs_and_takes_the_second_from_the_cache(sources, cache_folder, capsys):
    source = sources()
    archive = compilation.packed("3.99t", source)
    assert archive.name == "cpython-3.99.1t.tar.gz"
    with tarfile.open(archive) as packed:
        names = packed.getnames()
        options = packed.extractfile("python/lib/python3.99t/options").read().decode()
    assert "python/bin/python3.99t" in names
    assert "python/lib/python3.99t/test" not in names
    assert options.split() == [
        "--prefix=/install",
        "--without-ensurepip",
        "--disable-test-modules",
        "--disable-gil",
    ]
    assert left_building(cache_folder) == []
    capsys.readouterr()
    assert compilation.packed("3.99t", source) == archive
    assert capsys.readouterr().out == ""


def test_a_damaged_archive_is_built_again(sources):
    source = sources()
    archive = compilation.packed("3.99t", source)
    archive.write_bytes(b"half")
    assert tarfile.is_tarfile(compilation.packed("3.99t", source))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (
            {"configure": "exit 3"},
            r"^3\.99t: configuring failed \(status 3\); its output is in .*configuring\.log\.$",
        ),
        (
            {"make": "exit 4"},
            r"^3\.99t: compiling with \d+ jobs failed \(status 2\); its output is in .*compiling\.log",
        ),
        ({"python": "echo no ssl >&2; exit 1"}, r"^3\.99t was built but is not complete \(no ssl\)"),
    ],
)
def test_a_failed_build_is_one_sentence_and_leaves_nothing(sources, cache_folder, broken, sentence):
    with pytest.raises(UserError, match=sentence):
        compilation.packed("3.99t", sources(**broken))
    assert left_building(cache_folder) == []
    assert [*(cache_folder / "packed").iterdir()] == []


def test_after_a_kill_half_way_nothing_runs_on_and_the_next_run_builds(sources, cache_folder):
    source = sources(make="echo $$$$ > part; mv part started; exec sleep 60")
    program = (
        "from abi_matrix.config.table import Source\nfrom abi_matrix.provisioning import compilation\n"
        "compilation.missing_packages = list\n"
        f"compilation.packed('3.99t', Source('3.99.1', '{source.sha256}'))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as run:
        while not (started := [*(cache_folder / "building").rglob("started")]):
            assert run.poll() is None
        run.kill()
    builds.wait_until_gone(int(started[0].read_text(encoding="ascii")))
    assert left_building(cache_folder) != []
    assert [*(cache_folder / "packed").iterdir()] == []
    assert compilation.packed("3.99t", sources()).exists()
    assert left_building(cache_folder) == []


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(compilation, "_has_header", lambda compiler, header: header != "ffi.h")
    assert compilation.missing_packages() == ["libffi-dev"]
    with pytest.raises(UserError, match=r"run `apt-get install libffi-dev` .* and try again"):
        compilation.packed("3.99t", Source("3.99.1", "0" * 64))


def test_a_missing_compiler_is_named_with_all_it_would_need(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert compilation.missing_packages()[0] == "build-essential"


def test_headers_are_looked_for_with_the_compiler(tmp_path):
    assert compilation._has_header("cc", "stdio.h")
    assert not compilation._has_header("cc", "no-such-header.h")


def test_elsewhere_than_on_linux_it_says_so(monkeypatch):
    monkeypatch.setattr(compilation.sys, "platform", "darwin")
    with pytest.raises(UserError, match="for Linux only"):
        compilation.packed("3.99t", Source("3.99.1", "0" * 64))


def test_a_full_disk_is_told_before_building(sources, monkeypatch):
    monkeypatch.setattr(compilation, "_MEBIBYTES", 2**40)
    with pytest.raises(UserError, match="make room"):
        compilation.packed("3.99t", sources())
