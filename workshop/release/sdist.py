"""The source distribution: what building a wheel needs, and nothing else."""

from __future__ import annotations

import os
import tarfile
from typing import TYPE_CHECKING

from uv import find_uv_bin

from abi_matrix.base import commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from workshop import repository
from workshop.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = (
    "Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "build.rs", "build_backend", "crates/sampler",
    "crates/timeline", "matrix/src/abi_matrix/__init__.py", "matrix/src/abi_matrix/config/__init__.py",
    "matrix/src/abi_matrix/config/rows.py", "pyproject.toml", "src",
)  # fmt: skip
"""What a wheel is built from; of folders, everything under version control."""
_ADDED = {"PKG-INFO"}


def make(tools: Path, out: Path) -> Path:
    """Make the sdist in the folder ``out`` as publishing does; raises UserError if that fails."""
    build(tools, "--sdist", f"--out-dir={out}", ROOT, or_say="Making the sdist failed:\n{said}")
    return out / f"gil_demo-{repository.version()}.tar.gz"


def build(tools: Path, *arguments: str | Path, or_say: str, **variables: str) -> None:
    """Run `uv build` with the backend in the environment whose folder of commands is ``tools``.

    Nothing that this machine sets steers it. Raises UserError, as `commands.succeed` does, if it fails.
    """
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    commands.succeed(
        find_uv_bin(), "--no-config", "build", "--no-build-isolation", f"--python={tools / 'python'}",
        *arguments, env=commands.plain_environment(PATH=path, **variables), or_say=or_say,
    )  # fmt: skip


def require(sdist: Path, version: str) -> None:
    """Raise UserError with a line for each file that ``sdist`` lacks (-) or should not have (+)."""
    top = f"gil_demo-{version}"
    if sdist.name != f"{top}.tar.gz":
        raise UserError(f"The sdist is {sdist.name}, but this is {top}: make it again from here.")
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    outside = sorted(member.name for member in members if not member.name.startswith(f"{top}/"))
    links = sorted(member.name for member in members if not (member.isfile() or member.isdir()))
    held = {member.name.removeprefix(f"{top}/") for member in members if member.isfile()}
    wanted = {*repository.tracked(*NEEDED), *_ADDED}
    lines = [f"- {name}: a build needs it" for name in sorted(wanted - held)]
    lines += [f"+ {name}: no build needs it" for name in sorted(held - wanted)]
    lines += [f"+ {name}: neither file nor folder below {top}/" for name in {*outside, *links}]
    if lines:
        raise UserError(
            f"{sdist.name} does not hold what a build needs; mend `include` in Cargo.toml or in"
            " [tool.maturin], or put the file under version control:\n" + "\n".join(lines)
        )
    say(f"{sdist.name}: {len(held)} files, all that a build needs and no other.")
