"""Building a CPython from upstream's sources, packed so that uv can install it.

uv installs relocatable folders: one top folder ``python/``, configured with ``--prefix=/install``, a
prefix that uv rewrites where CPython wrote it down. No PGO, no LTO: good for tests, not for
benchmarks.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step
from abi_matrix.interpreters.names import parse
from abi_matrix.provisioning import sources

if TYPE_CHECKING:
    from abi_matrix.config.table import Source

_MEBIBYTES = 900  # the unpacked and compiled sources, installed once
_PREFIX = "/install"
_UNWANTED = {"test", "idlelib", "turtledemo", "__pycache__"}

LIBRARIES = (
    ("zlib.h", "zlib", "zlib1g-dev"),
    ("ffi.h", "ctypes", "libffi-dev"),
    ("openssl/ssl.h", "ssl", "libssl-dev"),
    ("bzlib.h", "bz2", "libbz2-dev"),
    ("lzma.h", "lzma", "liblzma-dev"),
    ("sqlite3.h", "sqlite3", "libsqlite3-dev"),
)
"""A header, the standard library's module that needs it, and Debian's package for it."""


def packed(python: str, source: Source) -> Path:
    """Return a ``.tar.gz`` of ``python`` built from ``source``, from the cache or built now.

    Raises UserError where it cannot be built. Must be called under a ``cache.lock``: what an earlier,
    killed build left behind is removed first.
    """
    archive = cache.folder("packed") / f"cpython-{source.version}{'t' * parse(python).free_threaded}.tar.gz"
    digest = archive.with_suffix(".sha256")
    if archive.exists() and digest.exists() and digest.read_text(encoding="ascii") == sources.sha256(archive):
        return archive
    digest.unlink(missing_ok=True)
    _require_linux(python)
    _require_tools(source.version)
    tarball = sources.tarball(source)
    try:
        with cache.working_folder(python, _MEBIBYTES, f"Building CPython {source.version}") as work:
            prefix = _compile(python, tarball, work)
            _pack(prefix, archive)
    except OSError as error:
        raise UserError(
            f"Building {python} stopped ({error});"
            f" look at the disk that holds {archive.parent} and run again."
        ) from error
    digest.write_text(sources.sha256(archive), encoding="ascii")
    return archive


def missing_packages() -> list[str]:
    """Return Debian's names of the packages that building CPython needs and this machine lacks."""
    compiler = shutil.which(shlex.split(os.environ.get("CC", "cc"))[0])
    if compiler is None or shutil.which("make") is None:
        return ["build-essential", *(package for _, _, package in LIBRARIES)]
    return [package for header, _, package in LIBRARIES if not _has_header(compiler, header)]


def _has_header(compiler: str, header: str) -> bool:
    probe = [compiler, "-E", "-x", "c", "-"]
    program = f"#include <{header}>\n".encode()
    return subprocess.run(probe, input=program, capture_output=True, check=False).returncode == 0


def _require_tools(version: str) -> None:
    if packages := missing_packages():
        raise UserError(
            f"Building CPython {version} needs packages that are not installed;"
            f" run `apt-get install {' '.join(packages)}` (or your system's equivalent) and try again."
        )


def _require_linux(python: str) -> None:
    if sys.platform != "linux":
        raise UserError(
            f"uv could not download {python} and building it from source is for Linux only"
            f" (this is {platform.system()}); connect to the network and run again."
        )


def _compile(python: str, tarball: Path, work: Path) -> Path:
    with step(f"{python}: unpacking {tarball.name}"), tarfile.open(tarball) as archive:
        archive.extractall(work / "source", filter="tar")
    (source,) = (work / "source").iterdir()
    options = [f"--prefix={_PREFIX}", "--without-ensurepip", "--disable-test-modules"]
    if parse(python).free_threaded:
        options.append("--disable-gil")
    jobs = len(os.sched_getaffinity(0))
    _run(python, "configuring", ["./configure", *options], source)
    _run(python, f"compiling with {jobs} jobs", ["make", f"-j{jobs}"], source)
    _run(python, "installing into a staging folder", ["make", "install", f"DESTDIR={work / 'stage'}"], source)
    prefix = work / "stage" / _PREFIX.lstrip("/")
    _check(python, prefix)
    return prefix


def _run(python: str, doing: str, command: list[str], folder: Path) -> None:
    log = cache.folder("logs") / f"{python}-{doing.split(maxsplit=1)[0]}.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with step(f"{python}: {doing}"):
        status = commands.logged(log, *commands.mortal(*command), cwd=folder, env=environment)
    if status:
        raise UserError(f"{python}: {doing} failed (status {status}); its output is in {log}.")


def _check(python: str, prefix: Path) -> None:
    modules = ", ".join(module for _, module, _ in LIBRARIES)
    environment = {**os.environ, "PYTHONHOME": str(prefix)}
    built = prefix / "bin" / f"python{python}"
    commands.succeed(
        built, "-I", "-c", f"import {modules}", env=environment,
        or_say=f"{python} was built but is not complete ({{why}});"
        f" its build output is in {cache.folder('logs')}.",
    )  # fmt: skip


def _pack(prefix: Path, archive: Path) -> None:
    if (strip := shutil.which("strip")) is not None:
        binaries = [*prefix.glob("bin/python3.*"), *prefix.glob("lib/python3*/lib-dynload/*.so")]
        # It leaves the scripts among them alone, which is a failure that does not matter.
        commands.run(strip, "--strip-unneeded", *(path for path in binaries if not path.is_symlink()))
    part = archive.with_suffix(".part")
    with step(f"packing {archive.name}"), tarfile.open(part, "w:gz", compresslevel=1) as packing:
        packing.add(prefix, "python", filter=_wanted)
    cache.replace(part, archive)


def _wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(member.name)
    return None if name.name in _UNWANTED or name.suffix == ".a" else member
