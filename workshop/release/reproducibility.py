"""Building twice, far apart and with no network, gives the same file; else which part differs."""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say, step
from abi_matrix.provisioning import interpreters
from workshop import installers, repository
from workshop.release import sdist

if TYPE_CHECKING:
    from abi_matrix.config.table import Row, Table

EPOCH = "1577836800"  # 2020-01-01; any moment that is not now
_TEXT = re.compile(rb"[\x20-\x7e]{4,}")
_SHOWN = 160


def build(source: Path, wheel: Row, python: str, tools: Path, scratch: Path) -> Path:
    """Build ``wheel`` from a tree or an sdist as pip would, through its backend, and return the file.

    ``scratch`` gets cargo's target folder and a Cargo home of another name, with links to what the
    real one has, so that a path into either shows; ``tools`` is the folder of an environment with
    maturin. Raises UserError if it fails.
    """
    cargo = scratch / "cargo"
    cargo.mkdir(parents=True)
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for entry in home.iterdir() if home.is_dir() else ():
        (cargo / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    built = installers.uv(
        "build", "--wheel", "--no-build-isolation", f"--python={tools / 'python'}",
        f"--out-dir={scratch / 'out'}", source,
        env={
            **wheel.env,
            "CARGO_HOME": str(cargo),
            "CARGO_NET_OFFLINE": "true",
            "CARGO_TARGET_DIR": str(scratch / "target"),
            "MATURIN_PEP517_ARGS": f"--interpreter={python} --compatibility pypi",
            "PATH": installers.path(tools),
            "SOURCE_DATE_EPOCH": EPOCH,
        },
    )  # fmt: skip
    if built.returncode:
        raise UserError(f"Building {wheel.tag} from {source} failed:\n{built.stderr.strip()}")
    (file,) = (scratch / "out").glob("*.whl")
    return file


def check(table: Table, tools: Path, scratch: Path) -> None:
    """Check the sdist, and every wheel of the table against a second one that is built from that.

    ``tools`` is the folder of an environment with maturin. Raises UserError at the first that is not
    as it should be.
    """
    source = sdist.make(tools, scratch)
    sdist.require(source, repository.version())
    for wheel in table.rows:
        require(wheel, interpreters.executable(wheel.built_with, table), tools, source)


def require(wheel: Row, python: str, tools: Path, source: Path) -> None:
    """Build ``wheel`` from a copy of the tree and from the sdist ``source``.

    Raises UserError if the files differ.
    """
    with tempfile.TemporaryDirectory() as folder, step(f"{wheel.tag}: built from the tree and the sdist"):
        one, other = Path(folder, "one"), Path(folder, "quite", "another")
        require_same(
            build(repository.copy(one / "tree"), wheel, python, tools, one),
            build(source, wheel, python, tools, other),
        )


def require_same(one: Path, other: Path) -> None:
    """Say the common sha256 of two wheels; raises UserError with what differs if they have none."""
    digests = [sha256(file.read_bytes()).hexdigest() for file in (one, other)]
    if digests[0] != digests[1]:
        raise UserError(
            f"{one.name} was built twice and is not the same; keep out of it what differs:\n"
            + "\n".join(differences(one, other))
        )
    say(f"{one.name}: sha256 {digests[0]} both times")


def differences(one: Path, other: Path) -> list[str]:
    """Return a line for each part of two wheels that is not the same."""
    with zipfile.ZipFile(one) as a, zipfile.ZipFile(other) as b:
        infos = [{info.filename: info for info in archive.infolist()} for archive in (a, b)]
        lines = [f"{name} is only in one of them" for name in sorted(infos[0].keys() ^ infos[1].keys())]
        for name in sorted(infos[0].keys() & infos[1].keys()):
            if a.read(name) != b.read(name):
                lines.append(f"{name}: {_first(a.read(name), b.read(name))}")
            for field in ("date_time", "external_attr", "compress_type"):
                values = [getattr(info[name], field) for info in infos]
                if values[0] != values[1]:
                    lines.append(f"{name}: {field} {values[0]} against {values[1]}")
    if one.name != other.name:
        lines.append(f"the names: {one.name} against {other.name}")
    return lines or ["only the order or the compression of the files in the archive"]


def _first(one: bytes, other: bytes) -> str:
    """Describe where two files begin to differ, by the text there if there is any."""
    pairs = enumerate(zip(one, other, strict=False))
    at = next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))
    texts = []
    for data in (one, other):
        around = [match for match in _TEXT.finditer(data) if match.start() <= at < match.end()]
        texts.append(around[0][0][:_SHOWN].decode() if around else data[at : at + 8].hex(" "))
    return f"from byte {at} on, {texts[0]!r} against {texts[1]!r}"
