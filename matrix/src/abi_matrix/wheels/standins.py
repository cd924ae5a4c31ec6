"""Stand-ins for wheels: their names and metadata, and nothing of their contents.

Which wheel an installer takes depends on nothing else. A stand-in is small, and once installed names the file
that it stands for, which uv does not say in a form for programs.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from abi_matrix.wheels.files import Wheel

MARK = "abi_matrix_stand_in"
"""The file in an environment that has the name of what was installed."""


def make(wheels: Iterable[Wheel], folder: Path) -> None:
    """Write a stand-in for each of ``wheels`` into ``folder``."""
    for wheel in wheels:
        metadata = wheel.metadata
        lines = [f"{name}: {metadata[name]}\n" for name in _CONSIDERED if metadata[name]]
        members = {
            MARK: wheel.path.name,
            f"{wheel.info}/METADATA": "".join(["Metadata-Version: 2.1\n", *lines]),
            f"{wheel.info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n",
        }
        record = f"{wheel.info}/RECORD"
        with zipfile.ZipFile(folder / wheel.path.name, "w") as archive:
            for name, text in members.items():
                archive.writestr(name, text)
            archive.writestr(record, "".join(f"{name},,\n" for name in (*members, record)))


_CONSIDERED = ("Name", "Version", "Requires-Python")
