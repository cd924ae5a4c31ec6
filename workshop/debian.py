"""Chroots of Debian, made by debootstrap out of the archive that this machine's apt uses."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# In namespaces of its own: what a command mounts and starts ends with it, also when it is killed.
CONFINED = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
UNSAFE = {"DPKG_FORCE": "unsafe-io"}
"""dpkg does not wait for the disk after each file: a chroot that is interrupted is made anew anyway."""
_UNNEEDED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists")


def require_means(purpose: str) -> None:
    """Raise UserError, which begins with ``purpose``, if this machine cannot make a chroot."""
    if os.geteuid() != 0:
        raise UserError(f"{purpose} needs root (for debootstrap): run again as root.")
    if shutil.which("debootstrap") is None:
        raise UserError(f"{purpose} needs debootstrap: run `apt-get install debootstrap` and try again.")


def archive(release: str) -> str:
    """Return the address of the archive that apt takes ``release`` from; raises UserError if it has none.

    Whatever mirror this machine uses is good for the chroots too.
    """
    listed = commands.succeed(
        "apt-get", "indextargets", "--format=$(SITE) $(RELEASE) $(CODENAME)", "Created-By: Packages"
    )
    for site, *names in map(str.split, listed.splitlines()):
        if release in names:
            return site
    raise UserError(f"apt knows no archive of {release}: add one to its sources and run again.")


def debootstrap(root: Path, release: str, site: str, packages: Iterable[str], purpose: str) -> None:
    """Make the smallest ``release`` with these packages in the new folder ``root``, without documentation.

    ``purpose`` stands before what is shown, and names the log. Raises UserError if that fails.
    """
    command = commands.mortal(
        *CONFINED, "debootstrap", "--force-check-gpg", "--variant=minbase",
        f"--include={','.join(packages)}", f"--cache-dir={cache.folder('debs', release)}",
        release, str(root), site, signal="KILL",
    )  # fmt: skip
    log = cache.folder("logs") / f"{purpose.rsplit(maxsplit=1)[-1]}-debootstrap.log"
    with step(f"{purpose}: debootstrap {release}"):
        status = commands.logged(log, *command, env={**os.environ, **UNSAFE})
    if status:
        raise UserError(f"debootstrap could not make a {release} (status {status}); its output is in {log}.")
    remove_unneeded(root)


def remove_unneeded(root: Path) -> None:
    """Remove documentation and what apt has fetched."""
    for unneeded in _UNNEEDED:
        shutil.rmtree(root / unneeded, ignore_errors=True)
