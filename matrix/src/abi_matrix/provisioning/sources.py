"""Fetching upstream's source releases: from upstream, or from the machine's own Debian archive."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING

from packaging.version import Version

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say, step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from abi_matrix.config.table import Source

_UPSTREAM = "https://www.python.org/ftp/python"
_CHUNK = 1 << 18
_TIMEOUT = 30.0  # seconds without a byte
_MEBIBYTES = 64
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def tarball(source: Source) -> Path:
    """Return the path of ``source``'s .tar.xz in the cache, fetched if need be, its sha256 verified.

    Raises UserError where no place has it, what they have is not what the table pins, or it cannot be
    written.
    """
    path = cache.folder("sources") / f"Python-{source.version}.tar.xz"
    if path.exists():
        if sha256(path) == source.sha256:
            return path
        say(f"{path.name} in the cache does not have the pinned sha256; fetching it again.")
        path.unlink()
    cache.require_space(path.parent, _MEBIBYTES, f"Fetching {path.name}")
    refusals = []
    for url in places(source.version):
        try:
            _fetch(url, path, source.sha256)
        except (OSError, HTTPException, ValueError) as error:
            if getattr(error, "errno", None) in _OF_THE_DISK:
                raise UserError(
                    f"{path} could not be written ({error}):"
                    " make room there or set XDG_CACHE_HOME to another disk, and run again."
                ) from error
            refusals.append(f"{url}: {getattr(error, 'reason', error)}")
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it is the response, too: left open, Python 3.14 warns of it
        else:
            return path
    raise UserError(
        f"The sources of CPython {source.version} could not be had ({'; '.join(refusals) or 'offline'});"
        f" connect to the network, or put the file there as {path}, and run again."
    )


def places(version: str) -> Iterator[str]:
    """Yield the addresses where the sources of CPython ``version`` may be, best first.

    Debian keeps upstream's tarballs byte for byte, as ``*.orig.tar.xz``.
    """
    if os.environ.get("UV_OFFLINE", "").lower() in {"1", "true", "yes", "y", "on", "t"}:
        return
    parsed = Version(version)
    yield f"{_UPSTREAM}/{parsed.base_version}/Python-{version}.tar.xz"
    package = f"python{parsed.major}.{parsed.minor}"
    pre = version.removeprefix(parsed.base_version)
    debian = f"{parsed.base_version}~{pre}" if pre else version
    for site in _debian_archives():
        yield f"{site}/pool/main/p/{package}/{package}_{debian}.orig.tar.xz"


def sha256(path: Path) -> str:
    """Return the hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _debian_archives() -> list[str]:
    if shutil.which("apt-get") is None:
        return []
    listed = commands.run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages")
    return list(dict.fromkeys(listed.stdout.split()))


def _fetch(url: str, path: Path, expected: str) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with (
            step(f"Fetching {url}"),
            urllib.request.urlopen(url, timeout=_TIMEOUT) as response,  # noqa: S310 - our own addresses
            part.open("wb") as file,
        ):
            shutil.copyfileobj(response, file, _CHUNK)
        if (actual := sha256(part)) != expected:
            raise ValueError(f"sha256 is {actual}, the table pins {expected}")
        cache.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
