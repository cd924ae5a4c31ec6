"""A chroot of a newer Debian that has mingw, Rust's sources and Wine, and commands that run inside it."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step
from workshop import debian
from workshop.containers.options import CERTIFICATES, PASSED, certificates
from workshop.repository import ROOT
from workshop.windows import wine
from workshop.windows.kept import kept

if TYPE_CHECKING:
    from collections.abc import Mapping

RELEASE = "trixie"
"""The first Debian whose Rust is new enough for PyO3, and whose Wine runs CPython 3.14."""
PROJECT = "/project"
"""Where this repository is in the chroot."""
_PURPOSE = "tools for windows"
_MEBIBYTES = 6000
_FIRST = ("ca-certificates", "gcc-mingw-w64-x86-64", "xz-utils")
_MORE = ("rustc", "cargo", "rust-src", "rust-clippy", "wine64", "wine")
_TARGETS = "/usr/lib/rustlib"
# What std links every program with, and only rustc's own distribution brings ready made.
_STARTUP = ("rsbegin", "rsend")
_POINTS = ("project", "cargo", "prefix")

# $1 is the chroot; then pairs of what is mounted and where, up to `--`. The shell stays the first process
# of the namespace: a program with that number would have to bury all that others leave behind.
_ENTER = """\
set -e
chroot=$1; shift
mount --bind "$chroot" "$chroot"
[ "$1" = rw ] || mount -o remount,bind,ro "$chroot"
shift
mount -t proc proc "$chroot/proc"
mount --rbind /dev "$chroot/dev"
mount -t tmpfs tmpfs "$chroot/tmp"
while [ "$1" != -- ]; do mount --bind "$1" "$chroot$2"; shift 2; done
shift
set +e
chroot "$chroot" /usr/bin/env -i "$@"
exit $?
"""


@dataclass(frozen=True)
class Chroot:
    """The chroot in the folder ``root``; its commands cannot change it, only what is mounted there."""

    root: Path
    mounted: Mapping[str, str] = field(default_factory=dict)
    """What commands see besides: a path of this machine, and its name in the chroot."""
    writable: bool = False

    def command(self, *command: str, env: Mapping[str, str], cwd: str = "/tmp") -> tuple[str, ...]:  # noqa: S108 - the chroot's own
        """Return the command line that runs ``command`` in the chroot, and ends when this process ends."""
        mounted = {"/etc/resolv.conf": "/etc/resolv.conf", "/etc/hosts": "/etc/hosts", **self.mounted}
        if bundle := certificates():
            mounted[bundle] = CERTIFICATES
        pairs = (
            name
            for here, there in mounted.items()
            if Path(here).exists()
            for name in (os.path.realpath(here), there)
        )
        variables = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/tmp",  # noqa: S108 - the chroot's own
            "LANG": "C.UTF-8",
            **{name: os.environ[name] for name in PASSED if name in os.environ},
            **env,
        }
        return commands.mortal(
            *debian.CONFINED, "sh", "-c", _ENTER, "sh", str(self.root),
            "rw" if self.writable else "ro", *pairs, "--", f"--chdir={cwd}",
            *(f"{name}={value}" for name, value in variables.items()), *command, signal="KILL",
        )  # fmt: skip

    def follow(self, *command: str, env: Mapping[str, str], cwd: str = "/tmp", log: str) -> None:  # noqa: S108 - the chroot's own
        """Run a command in the chroot; raises UserError, which names the log of that name, if it fails."""
        file = cache.folder("logs") / f"windows-{log}.log"
        if status := commands.logged(file, *self.command(*command, env=env, cwd=cwd)):
            raise UserError(
                f"`{' '.join(command[:3])}` failed (status {status}); its output is in {file}:"
                f" mend what it says and run again."
            )


def provide() -> Chroot:
    """Return the chroot, made if it is not there or was made by other steps than those of this file.

    Raises UserError if this machine cannot make one.
    """
    if platform.system() != "Linux" or platform.machine() != "x86_64" or shutil.which("apt-get") is None:
        raise UserError(
            "Windows' Python is tested under the Wine of a Debian for x86-64, and this machine is none:"
            " run it on one that has apt-get."
        )
    made_from = (Path(__file__).read_text(encoding="utf-8"),)
    root = kept(cache.folder("windows"), "chroot", made_from, _MEBIBYTES, _make)
    wine.mend(root)
    return Chroot(root)


def project(chroot: Chroot) -> Chroot:
    """Return the chroot with this repository in it, and cargo's folder."""
    return replace(chroot, mounted={str(ROOT): PROJECT, str(cache.folder("windows", "cargo")): "/cargo"})


def _make(root: Path) -> None:
    debian.require_means("Testing on Windows' Python")
    site = debian.archive(platform.freedesktop_os_release().get("VERSION_CODENAME", ""))
    root.rmdir()  # debootstrap makes it itself
    debian.debootstrap(root, RELEASE, site, _FIRST, _PURPOSE)
    chroot = Chroot(root, {str(cache.folder("debs", RELEASE)): "/var/cache/apt/archives"}, writable=True)
    (root / "etc/hosts").touch()
    (root / "var/cache/apt/archives/partial").mkdir(parents=True)
    (root / "var/lib/apt/lists/partial").mkdir(parents=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **debian.UNSAFE}
    with step(f"{_PURPOSE}: Rust and Wine"):
        chroot.follow("apt-get", "update", "--quiet", env=quiet, log="apt")
        install = ("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *_MORE)
        chroot.follow(*install, env=quiet, log="apt")
    debian.remove_unneeded(root)
    for name in _STARTUP:
        _compile_startup(Chroot(root, writable=True), name)
    for point in _POINTS:
        (root / point).mkdir()


def _compile_startup(chroot: Chroot, name: str) -> None:
    target = "x86_64-pc-windows-gnu"
    folder = f"{_TARGETS}/{target}/lib"
    (chroot.root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
    chroot.follow(
        "rustc", f"--target={target}", "--emit=obj", "-o", f"{folder}/{name}.o",
        f"{_TARGETS}/src/rust/library/rtstartup/{name}.rs",
        env={"RUSTC_BOOTSTRAP": "1"}, log=name,
    )  # fmt: skip
