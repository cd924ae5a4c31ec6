"""The machines that wheels are for: derived from the platform tags of the wheels themselves.

What an installer takes depends on how new the machine is: one with glibc 2.34 prefers the wheel for
``manylinux_2_34``, one with 2.17 cannot take it. So there is one machine for each version that the tags of a
platform name; between two versions nothing can change.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.tags import android_platforms, ios_platforms, mac_platforms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMMON = ("manylinux", "musllinux", "linux", "macosx", "win")
"""How the families of machines begin that every CPython is made for."""
FAMILY = re.compile(
    r"(many|musl)?linux_(?!\d)\w+|macosx_(arm64|x86_64)|win32|win_(amd64|arm64)|(ios|android|py\w+)_\w+"
)
"""What the family of a machine is called."""
ANY = "any other platform"
"""The family of the machines that no compiled wheel is for."""
EVERY = "every platform"
"""What that family is called where there is no other."""

_LEGACY = {"manylinux2014": (2, 17), "manylinux2010": (2, 12), "manylinux1": (2, 5)}
_VERSIONED = re.compile(r"(manylinux|musllinux|macosx|ios)_(\d+)_(\d+)_(\w+)")
_LEGACY_TAG = re.compile(r"(manylinux2014|manylinux2010|manylinux1)_(\w+)")
_ANDROID = re.compile(r"android_(\d+)_(\w+)")
_LINUX = re.compile(r"linux_(\w+)")
# What a Mac of an architecture also runs; no CPython of today runs on 32 bit or PowerPC.
_MAC = {
    "universal2": ("arm64", "x86_64"),
    **dict.fromkeys(("x86_64", "intel", "universal", "fat64", "fat3"), ("x86_64",)),
    "arm64": ("arm64",),
}
_FIRST_ARM_MAC = (11, 0)


@dataclass(frozen=True)
class Machine:
    """A kind of machine, as new as ``version`` says."""

    family: str
    """The platform tag without a version, e.g. ``manylinux_x86_64`` or ``win_amd64``."""
    version: tuple[int, ...]
    """Of glibc, musl or the system; empty where tags have none."""
    newest: bool
    """Whether no wheel asks for a newer one of its family."""
    platforms: tuple[str, ...]
    """The platform tags that it accepts, of those that the wheels have, the preferred one first."""

    @property
    def name(self) -> str:
        """The family; with the version where newer machines may get another file."""
        if self.newest:
            return self.family
        system, _, arch = self.family.partition("_")
        return "_".join([system, *map(str, self.version), arch])


def machines(tags: Iterable[str]) -> list[Machine]:
    """Return every kind of machine that differs in what it accepts of these platform tags, by family."""
    named = {*tags}
    versions: dict[str, set[tuple[int, ...]]] = defaultdict(set)
    for tag in named:
        for family, version in _families(tag):
            versions[family].add(version)
    _drop_linux_that_is_known_better(versions)
    if versions.keys() == {ANY}:
        versions = {EVERY: versions[ANY]}
    return [
        Machine(
            family,
            version,
            version == max(versions[family]),
            tuple(tag for tag in accepted(family, version) if tag in named),
        )
        for family in sorted(versions, key=_order)
        for version in sorted(versions[family], reverse=True)
    ]


def accepted(family: str, version: tuple[int, ...]) -> Iterable[str]:
    """Return the platform tags that a machine accepts, in installers' order (packaging.tags)."""
    system, _, arch = family.partition("_")
    if system == "manylinux":
        return [f"linux_{arch}", *_manylinux(arch, version[1])]
    if system == "musllinux":
        return [f"linux_{arch}", *(f"musllinux_1_{minor}_{arch}" for minor in range(version[1], -1, -1))]
    if system == "macosx":
        return mac_platforms((version[0], version[1]), arch)
    if system == "ios":
        return ios_platforms((version[0], version[1]), arch)
    if system == "android":
        return android_platforms(version[0], arch)
    return [] if family in {ANY, EVERY} else [family]


def _manylinux(arch: str, newest: int) -> Iterable[str]:
    legacy = {version: name for name, version in _LEGACY.items()}
    oldest = 5 if arch in {"x86_64", "i686"} else 17
    for minor in range(newest, oldest - 1, -1):
        yield f"manylinux_2_{minor}_{arch}"
        if alias := legacy.get((2, minor)):
            yield f"{alias}_{arch}"


def _families(tag: str) -> Sequence[tuple[str, tuple[int, ...]]]:
    """Return the families that accept a platform tag, each with the oldest version that does."""
    if match := _LEGACY_TAG.fullmatch(tag):
        return [(f"manylinux_{match[2]}", _LEGACY[match[1]])]
    if match := _VERSIONED.fullmatch(tag):
        system, arch, version = match[1], match[4], (int(match[2]), int(match[3]))
        if system != "macosx":
            return [(f"{system}_{arch}", version)]
        return [
            (f"macosx_{real}", max(version, _FIRST_ARM_MAC) if real == "arm64" else version)
            for real in _MAC.get(arch, ())
        ]
    if match := _ANDROID.fullmatch(tag):
        return [(f"android_{match[2]}", (int(match[1]),))]
    return [(ANY if tag == "any" else tag, ())]


def _drop_linux_that_is_known_better(versions: dict[str, set[tuple[int, ...]]]) -> None:
    """Forget ``linux_x86_64`` as a platform of its own where glibc's or musl's is known: they accept it."""
    for family in [family for family in versions if _LINUX.fullmatch(family)]:
        if {f"many{family}", f"musl{family}"} & versions.keys():
            del versions[family]


def _order(family: str) -> tuple[int, str]:
    systems = ("manylinux", "linux", "musllinux", "macosx", "win")
    system = family.partition("_")[0].removesuffix("32")
    return (systems.index(system) if system in systems else len(systems) + (family == ANY)), family
