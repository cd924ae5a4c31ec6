"""Building twice, far apart and with no network, gives the same file; else which part differs."""

from __future__ import annotations

import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say, step
from abi_matrix.provisioning import interpreters
from workshop import repository
from workshop.release import sdist

if TYPE_CHECKING:
    from abi_matrix.config.table import Row, Table

EPOCH = "1577836800"  # 2020-01-01; any moment that is not now
KEPT = repository.ROOT / "target" / "not-reproducible"
"""Where two wheels are left that should be the same."""


def build(source: Path, wheel: Row, python: str, tools: Path, work: Path) -> Path:
    """Build ``wheel`` from a clone or an sdist as pip would, through its backend, and return the file.

    ``work`` gets cargo's target folder and a Cargo home of another name, with links to what the
    real one has, so that a path into either shows; ``tools`` is the folder of an environment with
    maturin. Raises UserError if it fails.
    """
    cargo = work / "cargo"
    cargo.mkdir(parents=True)
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for entry in home.iterdir() if home.is_dir() else ():
        (cargo / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    variables = {
        "CARGO_HOME": str(cargo),
        "CARGO_NET_OFFLINE": "true",
        "CARGO_TARGET_DIR": str(work / "target"),
        "MATURIN_PEP517_ARGS": f"--interpreter={python} --compatibility pypi",
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    sentence = f"Building {wheel.tag} from {source} failed:\n{{said}}"
    out = f"--out-dir={work / 'out'}"
    sdist.build(tools, "--wheel", out, source, or_say=sentence, **{**wheel.env, **variables})
    (file,) = (work / "out").glob("*.whl")
    return file


def check(table: Table, tools: Path, work: Path) -> None:
    """Check the sdist, and every wheel of the table against a second one that is built from that.

    ``tools`` is the folder of an environment with maturin. Raises UserError at the first that is not
    as it should be.
    """
    source = sdist.make(tools, work)
    sdist.require(source, repository.version())
    for wheel in table.rows:
        require(wheel, interpreters.executable(wheel.built_with, table), tools, source)


def require(wheel: Row, python: str, tools: Path, source: Path) -> None:
    """Build ``wheel`` from a copy of this repository and from the sdist ``source``.

    Raises UserError if the files differ.
    """
    with tempfile.TemporaryDirectory() as folder, step(f"{wheel.tag}: built from the clone and the sdist"):
        one, other = Path(folder, "one"), Path(folder, "quite", "another")
        require_same(
            build(repository.copy(one / "clone"), wheel, python, tools, one),
            build(source, wheel, python, tools, other),
        )


def require_same(one: Path, other: Path) -> None:
    """Say the common sha256 of two wheels; raises UserError if they have none, and keeps both."""
    digests = [sha256(file.read_bytes()).hexdigest() for file in (one, other)]
    if digests[0] != digests[1]:
        kept = [KEPT / str(number) / file.name for number, file in enumerate((one, other), 1)]
        for file, copy in zip((one, other), kept, strict=True):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        raise UserError(
            f"{one.name} was built twice and is not the same:"
            f" `uvx diffoscope {kept[0]} {kept[1]}` shows where, and that must be kept out of it."
        )
    say(f"{one.name}: sha256 {digests[0]} both times")
