"""What a project says of itself: its name, its Pythons, its build backend, its crate and its tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from abi_matrix.base.errors import BROKEN_TOML, NO_EXTENSION, TABLE_EXISTS, InputError
from abi_matrix.config.metadata import built, name_of, part, read_toml
from abi_matrix.config.rows import SECTION
from abi_matrix.starting import crate as crates

if TYPE_CHECKING:
    from pathlib import Path

    from abi_matrix.starting.crate import Crate

_BY_HAND = f"write the rows of [[tool.{SECTION}.wheel]] by hand, as abi-matrix's README shows."
_BACKENDS = ("maturin", "setuptools-rust")
_GROUPS = ("test", "tests", "testing", "dev")
"""Where projects keep what their tests need: dependency groups, else extras of these names."""
_REQUIREMENTS = ("requirements.txt", "requirements-test.txt", "requirements-dev.txt")
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")


@dataclass(frozen=True)
class TestSetup:
    """What is known of a project's tests."""

    folder: str = ""
    """Relative to the project's, empty if there are none."""
    group: str = ""
    """The dependency group with what they need, empty if there is none."""
    needs: list[str] = field(default_factory=list)
    """What such a group should have, where there is none."""
    copied_from: str = ""


@dataclass(frozen=True)
class Project:
    """A project with an extension module in Rust and without a table."""

    root: Path
    said: dict[str, Any]
    """What its pyproject.toml says."""
    backend: str
    """``maturin``, ``setuptools-rust``, or what ``[build-system]`` names."""
    crate: Crate
    tests: TestSetup

    @property
    def name(self) -> str:
        """The distribution's."""
        return str(self.said["project"]["name"])

    @property
    def requires_python(self) -> SpecifierSet:
        """The Pythons that installers give it to."""
        written = self.said["project"].get("requires-python", "")
        try:
            return SpecifierSet(written)
        except InvalidSpecifier:
            raise InputError(BROKEN_TOML, f"'{written}' is no requires-python: mend it first.") from None

    @property
    def classified(self) -> list[str]:
        """The versions of Python that its classifiers name."""
        return [match[1] for one in self.classifiers if (match := _CLASSIFIER.fullmatch(one))]

    @property
    def classifiers(self) -> list[str]:
        """All of them."""
        return list(self.said["project"].get("classifiers", []))

    @property
    def module(self) -> str:
        """The name by which its package, or else its extension module, is imported."""
        extensions = part(self.said, "tool", "setuptools-rust").get("ext-modules", [])
        targets = [one["target"] for one in extensions if "target" in one]
        module = self.maturin.get("module-name") or next(iter(targets), self.crate.library)
        return str(module).partition(".")[0]

    @property
    def maturin(self) -> dict[str, Any]:
        """Its table ``[tool.maturin]``."""
        return part(self.said, "tool", "maturin")


def read(root: Path) -> Project:
    """Return the project in the folder ``root``; raises InputError if no table can be proposed for it."""
    file = root / "pyproject.toml"
    if not file.is_file():
        raise InputError(
            NO_EXTENSION, f"There is no {file}: run it in the folder of a project (`maturin new` makes one)."
        )
    said = read_toml(file)
    if SECTION in part(said, "tool"):
        raise InputError(TABLE_EXISTS, f"{file} has [tool.{SECTION}] already, and is left as it is.")
    name_of(file, said)
    for manifest in built(root, said):
        if crate := crates.read(manifest, root):
            return Project(root, said, _backend(root, said), crate, _tests(root, said, manifest))
    raise InputError(NO_EXTENSION, f"There is no Cargo.toml with PyO3 in {root}: {_BY_HAND}")


def _backend(root: Path, said: dict[str, Any]) -> str:
    system = part(said, "build-system")
    setup = root / "setup.py"
    needed = [str(one) for one in system.get("requires", [])]
    if setup.is_file():
        needed.append(setup.read_text(encoding="utf-8", errors="replace").replace("_", "-"))
    found = (name for name in _BACKENDS if any(name in one.replace("_", "-") for one in needed))
    return next(found, str(system.get("build-backend", "setuptools")))


def _tests(root: Path, said: dict[str, Any], manifest: Path) -> TestSetup:
    folders = (base / name for base in (root, manifest.parent) for name in ("tests", "test"))
    folder = next(
        (one for one in folders if any(one.rglob("test_*.py")) or any(one.rglob("*_test.py"))), None
    )
    if folder is None:
        return TestSetup()
    where = folder.relative_to(root).as_posix()
    groups = part(said, "dependency-groups")
    for name in _GROUPS:
        if any(str(one).startswith("pytest") for one in groups.get(name, [])):
            return TestSetup(where, name)
    extras = said["project"].get("optional-dependencies", {})
    for name in _GROUPS:
        if name in extras:
            return TestSetup(where, needs=list(extras[name]), copied_from=f"the extra {name}")
    for file in (base / name for base in (folder, root) for name in _REQUIREMENTS):
        if file.is_file() and (needs := _requirements(file)):
            return TestSetup(where, needs=needs, copied_from=file.relative_to(root).as_posix())
    return TestSetup(where, needs=["pytest"])


def _requirements(file: Path) -> list[str]:
    """Return the requirements in a file; none if it has anything else, such as options of pip."""
    written = (line.partition(" #")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    try:
        needs = [str(Requirement(line)) for line in written if line and not line.startswith("#")]
    except InvalidRequirement:
        return []
    return needs if any(one.startswith("pytest") for one in needs) else []
