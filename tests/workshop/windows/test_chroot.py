"""A make-believe Debian is made by programs that only write down how they were called."""

import os
import platform
import sys

import pytest

from abi_matrix.base.errors import UserError
from matrix.tests.programs import program
from tests.workshop.windows.test_wine import MENDED, RACE
from workshop.windows import chroot, wine
from workshop.windows.chroot import Chroot

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the chroot is made of a Linux")

DEBOOTSTRAP = """
for word; do root=$site; site=$word; done
mkdir -p $root/etc $root/usr/share/doc
echo $site > $root/etc/site
"""
# Everything up to --kill-child is what confines a command; then a shell would mount and chroot.
SETPRIV = """
while [ "$1" != --kill-child ]; do shift; done
shift
[ "$1" = debootstrap ] && exec "$@"
echo "$@" | grep -o -- ' -- .*' | cut -d' ' -f4- >> $CALLS
"""
APT = "echo http://archive/debian stable bookworm"


@pytest.fixture
def machine(tmp_path, monkeypatch, cache_folder):
    """Return a function that puts a program on PATH; all that are needed are there."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))

    def put(name, script):
        program(tmp_path / "bin" / name, script)

    put("setpriv", SETPRIV)
    put("debootstrap", DEBOOTSTRAP)
    put("apt-get", APT)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(chroot, "_MEBIBYTES", 0)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"VERSION_CODENAME": "bookworm"})
    return put


def test_the_chroot_is_of_the_machines_own_archive_and_made_once(machine, tmp_path):
    made = chroot.provide()
    assert (made.root / "etc" / "site").read_text() == "http://archive/debian\n"
    assert not (made.root / "usr" / "share" / "doc").exists()
    calls = (tmp_path / "calls").read_text()
    assert "apt-get install" in calls
    for package in ("rust-src", "wine64"):
        assert package in calls
    machine("debootstrap", "exit 1")
    assert chroot.provide() == made
    assert (tmp_path / "calls").read_text() == calls


def test_the_wine_of_a_new_chroot_is_mended(machine):
    library = f"$root/{wine.LIBRARY}"
    there = "".join(f"\\{byte:03o}" for byte in RACE)
    machine("debootstrap", f"{DEBOOTSTRAP}mkdir -p $(dirname {library})\nprintf '{there}' > {library}\n")
    assert (chroot.provide().root / wine.LIBRARY).read_bytes() == MENDED


def test_a_wine_whose_race_is_not_known_is_said_in_each_run(machine, capsys):
    for _ in range(2):
        chroot.provide()
        assert "left as it is" in capsys.readouterr().out


def test_a_failed_step_names_its_log_and_leaves_no_chroot(machine, cache_folder):
    machine("setpriv", SETPRIV + '[ "$(grep -c install $CALLS)" = 0 ] || { echo no network; exit 100; }')
    with pytest.raises(
        UserError, match=r"`apt-get install --quiet` failed \(status 100\); .*windows-apt\.log"
    ):
        chroot.provide()
    assert (cache_folder / "logs" / "windows-apt.log").read_text() == "no network\n"
    assert [*(cache_folder / "windows").glob("chroot-*")] == []


def test_no_root_is_one_sentence(machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError, match=r"^Testing on Windows' Python needs root .*: run again as root\.$"):
        chroot.provide()


def test_another_system_is_one_sentence(machine, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(UserError, match=r"of a Debian for x86-64, and this machine is none: run it on one"):
        chroot.provide()


def test_a_command_sees_no_variable_of_this_process_but_the_way_to_the_network(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    command = Chroot(tmp_path).command("true", env={"A": "b"}, cwd="/project")
    given = command[command.index("--") :]
    assert given[1] == "--chdir=/project"
    assert {"A=b", "HTTPS_PROXY=http://proxy"} <= {*given}
    assert not any(word.startswith("PYTHON") for word in given)
    assert given[-1] == "true"
