"""Wine's prefixes: the folder in which it keeps the C: and the registry of one run."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from abi_matrix.base import cache
from abi_matrix.base.progress import step
from workshop.windows.kept import kept

if TYPE_CHECKING:
    from pathlib import Path

    from workshop.windows.chroot import Chroot

WINE = {
    "WINEPREFIX": "/prefix",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=",  # nobody is asked whether to install these
    "XDG_RUNTIME_DIR": "/tmp",  # noqa: S108 - the chroot's own
}
"""The variables of a command that uses the prefix."""
_MEBIBYTES = 1000
# Whoever asks for the properties of a file is also told of its volume, which Wine learns from its mount
# manager, a process of its own. That is half of what importing a module takes, and nothing here needs it:
# without the mount manager every volume has the number 0.
_BOOT = r"""
wine wineboot --init &&
wine reg add 'HKLM\System\CurrentControlSet\Services\MountMgr' /v Start /t REG_DWORD /d 4 /f &&
wineserver --wait
"""


def prefix(chroot: Chroot, name: str) -> Path:
    """Return a new folder of this name for one run.

    Its files are those of a folder that stays as it was made. Not in this repository, because Wine links / in
    there.
    """
    parent = cache.folder("windows")
    made_from = (chroot.root.name, _BOOT)
    template = kept(parent, "prefix", made_from, _MEBIBYTES, lambda folder: _boot(chroot, folder))
    own = cache.folder("windows", "prefixes") / name
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(template, own, symlinks=True, copy_function=_share)
    return own


def _share(source: str, target: str) -> None:
    """Link a file, as Wine replaces files; only into the registry's it writes if they have several links."""
    (shutil.copy2 if source.endswith(".reg") else os.link)(source, target)


def _boot(chroot: Chroot, folder: Path) -> None:
    with step("wineboot"):
        booting = replace(chroot, mounted={str(folder): "/prefix"})
        booting.follow("sh", "-c", _BOOT, env=WINE, log="wineboot")
