"""The files to check: what lies in folders or is named, of one project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi_matrix.base.errors import NO_WHEEL_NAME, NO_WHEELS, SAME_NAME, SEVERAL_PROJECTS, InputError
from abi_matrix.wheels.files import Sdist, Wheel, read_sdist, read_wheel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from packaging.version import Version

_SDIST = ".tar.gz"


@dataclass(frozen=True)
class Files:
    """Wheels and sdists of one project, in one or more versions."""

    project: str
    wheels: tuple[Wheel, ...]
    sdists: tuple[Sdist, ...]

    @property
    def all(self) -> list[Wheel | Sdist]:
        """Every file."""
        return [*self.wheels, *self.sdists]

    @property
    def versions(self) -> list[Version]:
        """Every version that there is a file of, the newest first."""
        return sorted({file.version for file in self.all}, reverse=True)


def collect(paths: Iterable[Path]) -> Files:
    """Return the files at ``paths``, of which folders stand for the wheels and sdists directly in them.

    Raises InputError if there is no wheel, a file that is none, files of several projects, or two of the
    same name.
    """
    paths = tuple(paths)
    found: dict[str, Path] = {}
    for path in (path for named in paths for path in _below(named)):
        if (other := found.setdefault(path.name, path)) != path:
            raise InputError(
                SAME_NAME, f"{other} and {path} have the same name: keep the one that is to be published."
            )
    wheels = tuple(read_wheel(path) for name, path in found.items() if name.endswith(".whl"))
    if not wheels:
        raise InputError(NO_WHEELS, _no_wheels(paths))
    sdists = tuple(read_sdist(path) for name, path in found.items() if name.endswith(_SDIST))
    files = Files(wheels[0].project, wheels, sdists)
    projects = sorted({file.project for file in files.all})
    if len(projects) > 1:
        raise InputError(
            SEVERAL_PROJECTS,
            f"These are files of {len(projects)} projects ({', '.join(projects[:5])}): check one at a time.",
        )
    return files


def _below(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(child for child in path.iterdir() if _is_distribution(child) and child.is_file())
    elif _is_distribution(path):
        yield path
    else:
        raise InputError(NO_WHEEL_NAME, f"{path} is neither a wheel nor an sdist: name *.whl or *.tar.gz.")


def _is_distribution(path: Path) -> bool:
    return path.name.endswith((".whl", _SDIST))


def _no_wheels(paths: tuple[Path, ...]) -> str:
    places = ", ".join(map(str, paths))
    if any(_is_distribution(file) for path in paths for file in _below(path)):
        return (
            f"There is no wheel in {places}, only an sdist, which every interpreter has to build: build"
            " wheels first, or name the folder that has them."
        )
    deeper = sorted({str(file.parent) for path in paths if path.is_dir() for file in path.glob("*/*.whl")})
    if deeper:
        return f"There is no wheel in {places}, but there are in folders below: name these ({deeper[0]} ...)."
    return f"There is no wheel in {places}: build some first, or name the folder that has them."
