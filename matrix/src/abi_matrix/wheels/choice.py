"""Which file an interpreter gets: computed in the order in which pip and uv prefer files.

The newest version of which something fits wins, finals before pre-releases; in a version the wheel with the
preferred tag, then that with the highest build number, and the sdist only where no wheel fits. Tests hold
this against pip and uv.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from abi_matrix.wheels.files import Wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from abi_matrix.interpreters.names import Interpreter
    from abi_matrix.wheels.files import Sdist
    from abi_matrix.wheels.folder import Files


@dataclass(frozen=True)
class Choice:
    """What an interpreter gets."""

    file: Wheel | Sdist | None
    equals: tuple[Wheel, ...] = ()
    """Other wheels that are as good, so that an installer may take any of them."""
    excluded: bool = False
    """Whether it gets nothing because Requires-Python is not for it, which is nobody's mistake."""

    @property
    def wheel(self) -> Wheel | None:
        """The file, if it is a wheel."""
        return self.file if isinstance(self.file, Wheel) else None


def choose(files: Files, interpreter: Interpreter, platforms: Sequence[str]) -> Choice:
    """Return what pip and uv take of ``files`` for an interpreter on a machine with these platform tags."""
    ranks = interpreter.ranks(platforms)
    rated: list[tuple[Any, Wheel | Sdist]] = []
    # An sdist is for the versions of Python that the wheels are for which were built of it.
    refused = {wheel.version for wheel in files.wheels if not wheel.serves(interpreter.version)}
    for wheel in files.wheels:
        if not wheel.serves(interpreter.version):
            continue
        if fitting := wheel.tags & ranks.keys():
            rank = min(ranks[tag] for tag in fitting)
            rated.append(((*_age(wheel.version), 1, -rank, wheel.build), wheel))
    rated += [((*_age(sdist.version), 0), sdist) for sdist in files.sdists if sdist.version not in refused]
    if not rated:
        return Choice(None, excluded=refused >= {*files.versions})
    best = max(key for key, _ in rated)
    first, *others = [file for key, file in rated if key == best]
    return Choice(first, tuple(file for file in others if isinstance(file, Wheel)))


def _age(version: Version) -> tuple[bool, Version]:
    return not version.is_prerelease, version
