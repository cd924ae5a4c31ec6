"""A make-believe Debian with a make-believe interpreter is made an image by a make-believe engine."""

import os
import platform
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import Row, Table
from abi_matrix.provisioning import interpreters
from matrix.tests.programs import program
from workshop.containers import debian_image
from workshop.containers.engine import Engine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the image is made of a Linux")

TABLE = Table(Path(), (Row("cp399-cp399t", "3.99t", ("3.99t",)),))

# Everything up to --kill-child is what confines debootstrap.
SETPRIV = 'while [ "$1" != --kill-child ]; do shift; done; shift; exec "$@"'
DEBOOTSTRAP = """
for root; do previous=$last; last=$root; done
mkdir -p $previous/etc/ld.so.conf.d $previous/usr/local/bin $previous/usr/share/doc
echo "$@" > $previous/etc/arguments
"""
CHROOT = """
root=$1; shift
case $1 in
    /opt/*) exec $root$1;;
    ldconfig) cp $root/etc/ld.so.conf.d/python.conf $root/etc/ld.so.cache;;
esac
"""
ENGINE = """
for name; do :; done
name=$(echo $name | tr :/ __)
case $1-$2 in
    image-inspect) [ -e $IMAGES/$name ];;
    import-*) cat > $IMAGES/$name;;
    images-*) for file in $IMAGES/*; do basename $file; done | sed 's/_/:/2; s/_/\\//';;
    rmi-*) rm $IMAGES/$name;;
esac
"""
APT = "echo http://archive/security stable-security stable-security; echo http://archive/debian stable trixie"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a function that puts a program on PATH; all that are needed are there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("IMAGES", str(tmp_path / "images"))
    (tmp_path / "images").mkdir()

    def put(name, script):
        program(folder / name, script)

    put("setpriv", SETPRIV)
    put("debootstrap", DEBOOTSTRAP)
    put("chroot", CHROOT)
    put("podman", ENGINE)
    put("apt-get", APT)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"VERSION_CODENAME": "trixie"})
    return put


@pytest.fixture
def interpreter(tmp_path, machine, monkeypatch):
    """Provide an interpreter with what one has beside it, wanted in the image or not."""
    home = tmp_path / "prefix"
    for kept in ("lib/python3.99t/os.py", "include/python3.99t/Python.h", "lib/libpython3.99t.so.1.0"):
        (home / kept).parent.mkdir(parents=True, exist_ok=True)
        (home / kept).touch()
    for unwanted in ("lib/python3.99t/test/a.py", "lib/python3.99t/site-packages/a.py", "share/a"):
        (home / unwanted).parent.mkdir(parents=True, exist_ok=True)
        (home / unwanted).touch()
    executable = home / "bin" / "python3"
    executable.parent.mkdir()
    program(executable, "echo 3.99t")
    info = SimpleNamespace(
        version="3.99.0 (main)", system_executable=str(executable), base_prefix=str(home),
        system_stdlib=str(home / "lib" / "python3.99t"), system_include=str(home / "include" / "python3.99t"),
    )  # fmt: skip
    monkeypatch.setattr(interpreters, "provide", lambda python, table: info)
    return info


@pytest.fixture(autouse=True)
def uv(monkeypatch):
    """Return the requirements as uv would tell them; a test may change them."""
    told = ["auditwheel==1"]
    monkeypatch.setattr(debian_image, "_uv", lambda *arguments: told[0])
    return told


def unpacked(tmp_path, name):
    with tarfile.open(tmp_path / "images" / name.translate(str.maketrans(":/", "__"))) as archive:
        members = {member.name.removeprefix("./"): member for member in archive}
        contents = {name: archive.extractfile(member) for name, member in members.items() if member.isfile()}
        return {name: file.read().decode() for name, file in contents.items()} | {
            name: member.linkname for name, member in members.items() if member.issym()
        }


def built(engine=Engine("podman")):  # noqa: B008 - it is frozen
    return debian_image.provide(engine, TABLE)


def test_the_image_has_the_interpreter_and_the_tools_in_place(tmp_path, interpreter, cache_folder):
    files = unpacked(tmp_path, built())
    home = "opt/python/cp399-cp399t"
    assert {name.removeprefix(f"{home}/") for name in files if name.startswith(home)} == {
        "bin/python", "bin/python3", "bin/python3.99t",
        "include/python3.99t/Python.h", "lib/python3.99t/os.py", "lib/libpython3.99t.so.1.0",
    }  # fmt: skip
    assert files["opt/python/cp39-cp39"] == "cp399-cp399t"
    assert files["etc/ld.so.cache"] == f"/{home}/lib\n"
    assert files["usr/local/bin/uv"] == "/opt/tools/bin/uv"
    assert "-m auditwheel" in files["usr/local/bin/auditwheel"]
    assert "usr/share/doc" not in files
    arguments = files["etc/arguments"].split()
    assert arguments[-3] == "trixie"
    assert arguments[-1] == "http://archive/debian"
    assert [*(cache_folder / "building" / "image").iterdir()] == []


def test_the_second_time_it_is_there(interpreter, machine, monkeypatch, capsys):
    name = built()
    machine("debootstrap", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)  # needs no root either
    capsys.readouterr()
    assert built() == name
    assert capsys.readouterr().out == ""


def test_whatever_it_is_made_of_makes_another_image(interpreter, machine, monkeypatch, uv):
    names = [built()]
    interpreter.version = "3.99.1 (main)"
    names.append(built())
    uv[0] = "auditwheel==2"
    names.append(built())
    monkeypatch.setattr(debian_image, "_RECIPE", "other")
    names.append(built())
    machine("apt-get", "echo http://archive/debian forky forky")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"VERSION_CODENAME": "forky"})
    names.append(built())
    assert len({*names}) == len(names)


def test_the_image_before_goes(interpreter, tmp_path):
    built()
    interpreter.version = "3.99.1 (main)"
    built()
    assert len([*(tmp_path / "images").iterdir()]) == 1


def test_no_root_is_one_sentence(interpreter, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError, match=r"^Building the local image needs root .*: run again as root\.$"):
        built()


def test_no_debootstrap_is_one_sentence(interpreter, monkeypatch):
    which = debian_image.shutil.which
    monkeypatch.setattr(
        debian_image.shutil, "which", lambda name: None if name == "debootstrap" else which(name)
    )
    with pytest.raises(
        UserError, match=r"needs debootstrap: run `apt-get install debootstrap` and try again"
    ):
        built()


def test_no_debian_is_one_sentence(interpreter, monkeypatch):
    monkeypatch.setattr(debian_image.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match=r"made of the machine's own Debian, and this Linux has no apt-get;"):
        built()


def test_no_release_is_one_sentence(interpreter, monkeypatch):
    monkeypatch.setattr(platform, "freedesktop_os_release", dict)
    with pytest.raises(UserError, match=r"^/etc/os-release has no VERSION_CODENAME"):
        built()


def test_no_archive_is_one_sentence(interpreter, machine):
    machine("apt-get", "true")
    with pytest.raises(
        UserError, match=r"^apt knows no archive of trixie: add one to its sources and run again"
    ):
        built()


def test_a_failed_debootstrap_is_one_sentence_and_leaves_nothing(
    interpreter, machine, tmp_path, cache_folder
):
    machine("debootstrap", "echo no network; exit 7")
    with pytest.raises(UserError, match=r"could not make a trixie \(status 7\); its output is in .*\.log\.$"):
        built()
    assert (cache_folder / "logs" / "image-debootstrap.log").read_text(encoding="utf-8") == "no network\n"
    assert [*(cache_folder / "building" / "image").iterdir()] == []
    assert [*(tmp_path / "images").iterdir()] == []


@pytest.mark.parametrize(
    ("script", "reason"), [("echo 3.99", "3.99"), ("echo no libssl >&2; exit 127", "no libssl")]
)
def test_an_interpreter_that_does_not_work_there_is_named(interpreter, tmp_path, script, reason):
    program(Path(interpreter.system_executable), script)
    with pytest.raises(
        UserError, match=rf"does not work as 3\.99t in the image \({reason}\): let `uv python"
    ):
        built()
    assert [*(tmp_path / "images").iterdir()] == []


def test_a_failed_import_is_one_sentence_and_leaves_no_image(interpreter, machine, tmp_path):
    machine("podman", ENGINE.replace("cat >", "echo no space >&2; exit 125; cat >"))
    with pytest.raises(UserError, match=r"^podman could not import the image \(no space\); look at the disk"):
        built()
    assert [*(tmp_path / "images").iterdir()] == []
