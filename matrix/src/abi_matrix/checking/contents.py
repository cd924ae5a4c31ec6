"""Each wheel by itself: its tags, whether those who take it can load what is in it, and the GIL."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from abi_matrix.checking.findings import Finding, listed
from abi_matrix.interpreters.machines import COMMON
from abi_matrix.wheels.modules import gil_by_file, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abi_matrix.checking.matrix import Matrix, Takers
    from abi_matrix.interpreters.names import Interpreter
    from abi_matrix.wheels.files import Wheel
    from abi_matrix.wheels.modules import Module


_TAKEN_BY_PYPI = ("linux_armv6l", "linux_armv7l")  # it has a policy for no armv6l
DECLARE_IT = "Declare it: PyO3 `gil_used = false`, Cython `freethreading_compatible`, C `Py_mod_gil`."


def check(matrix: Matrix) -> Iterator[Finding]:
    """Yield what is wrong with the wheels."""
    for wheel, takers in matrix.takers.items():
        yield from _names(wheel)
        yield from _loading(wheel, takers)


def gil(matrix: Matrix) -> tuple[list[Finding], set[str]]:
    """Return the modules that certainly turn the GIL on, and the ABIs with others, of which nothing is known.

    Of the wheels of an ABI the smallest is read, and all only if that one has something: they are made of the
    same sources, and reading a hundred large files takes long.
    """
    findings: list[Finding] = []
    unknown: set[str] = set()
    by_abi: dict[str, list[Wheel]] = defaultdict(list)
    for wheel, takers in matrix.takers.items():
        if any(interpreter.free_threaded for interpreter in takers):
            by_abi[wheel.abi].append(wheel)
    for abi, wheels in by_abi.items():
        smallest, *others = sorted(wheels, key=lambda wheel: wheel.path.stat().st_size)
        certain, undecided = gil_by_file(smallest)
        if undecided:
            unknown.add(abi)
        findings += _of_gil(matrix, smallest, certain)
        for wheel in others if certain else []:
            findings += _of_gil(matrix, wheel, gil_by_file(wheel)[0])
    return findings, unknown


def _names(wheel: Wheel) -> Iterator[Finding]:
    files = (wheel.path.name,)
    outside = {str(tag) for tag in wheel.tags}
    if outside != wheel.tags_inside:
        inside = listed(sorted(wheel.tags_inside), 3)
        next_step = "Change tags with `wheel tags`, which does it inside, too, instead of renaming the file."
        yield Finding("AM101", f"The tags inside {{files}} are {inside}.", next_step, files)
    project, version = str(wheel.metadata["Name"]), str(wheel.metadata["Version"])
    if canonicalize_name(project) != wheel.project or not _same(version, wheel.version):
        next_step = "Build it again: installers refuse a file whose name and metadata disagree."
        yield Finding("AM102", f"The metadata of {{files}} says {project} {version}.", next_step, files)
    if any(tag.platform.startswith("linux_") and tag.platform not in _TAKEN_BY_PYPI for tag in wheel.tags):
        message = (
            "Only for the Linux that built it: {files}. No index takes that; pip prefers it, uv does not."
        )
        yield Finding(
            "AM103", message, "Run `auditwheel repair` on it, or build it with cibuildwheel.", files
        )
    tags = "-".join(wheel.path.stem.rsplit("-", 3)[1:])
    if tags != tags.lower():
        yield Finding("AM107", "uv ignores {files}, pip does not.", "Write tags in small letters.", files)


def _loading(wheel: Wheel, takers: Takers) -> Iterator[Finding]:
    """Yield the modules that some of those who take the wheel cannot load."""
    files = (wheel.path.name,)
    unfit: set[Interpreter] = set()
    if "abi3" in wheel.abis and "abi3t" not in wheel.abis:
        unfit |= {one for one in takers if one.free_threaded}
    compiled = [module for module in modules(wheel) if module.names_an_abi]
    if compiled and any(tag.platform == "any" for tag in wheel.tags):
        message = f"{compiled[0].name} in {{files}} is compiled for one platform, the tag says any."
        yield Finding("AM108", message, "Build it as a wheel for that platform.", files)
    for module in compiled:
        blind = []
        for interpreter, families in takers.items():
            known = [family for family in families if family.startswith(COMMON)]
            if not interpreter.is_cpython:
                continue
            loaded = {module.loaded(interpreter, family) for family in known}
            if None in loaded:
                blind.append(interpreter.name)
            if interpreter.free_threaded and "abi3" in loaded:
                unfit.add(interpreter)
        if blind:
            ends = ", ".join(sorted(name.rpartition("/")[2] for name in module.files.values()))
            message = f"{listed(blind, 9)} cannot find {module.name} in {{files}}, where it is only {ends}."
            next_step = "Build it with the interpreter that the tag names, or correct the tag."
            yield Finding("AM104", message, next_step, files, tuple(blind))
    if unfit:
        pythons = tuple(one.name for one in unfit)
        message = f"Made for abi3, which has another layout of objects: {{files}}, for {listed(pythons, 9)}."
        next_step = "Build a wheel for the free-threaded build, or, from 3.15t on, one for abi3t."
        yield Finding("AM105", message, next_step, files, pythons)


def _of_gil(matrix: Matrix, wheel: Wheel, certain: list[Module]) -> list[Finding]:
    pythons = tuple(one.name for one in matrix.takers[wheel] if one.free_threaded)
    message = f"{{}} in {{{{files}}}} turns the GIL on in {listed(pythons)}: it declares nothing."
    return [
        Finding("AM106", message.format(module.name), DECLARE_IT, (wheel.path.name,), pythons)
        for module in certain
    ]


def _same(spelled: str, version: Version) -> bool:
    try:
        return Version(spelled) == version
    except InvalidVersion:
        return False
