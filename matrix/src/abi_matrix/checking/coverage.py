"""Who gets nothing, which platform lacks something, and which wheel nobody takes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from abi_matrix.checking.findings import Finding, listed
from abi_matrix.interpreters.machines import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from abi_matrix.checking.matrix import Matrix
    from abi_matrix.interpreters.machines import Machine
    from abi_matrix.interpreters.names import Interpreter
    from abi_matrix.wheels.choice import Choice

# The oldest macOS that every CPython of today runs on (3.14's own installer asks for it). On an older one an
# old interpreter may take a wheel that a new one does not get; that is nobody's mistake.
_OLDEST_MAC = (10, 15)
_BEST_FIRST = ("a wheel of its own", "a wheel for any platform", "only the sdist", "nothing")
_NO_WHEEL = {"nothing": "AM001", "only the sdist": "AM002"}
_GONE = " For 3.13t nothing is built by PyO3 from 0.29 on, nor by cibuildwheel from 4.0 on."
_BUILD_IT = "Build that wheel for them too, or ignore this if they are not supported."


def check(matrix: Matrix) -> Iterator[Finding]:
    """Yield what is wrong with who gets what."""
    yield from _served(matrix)
    yield from _never_taken(matrix)
    yield from _ties(matrix)


def _served(matrix: Matrix) -> Iterator[Finding]:
    """Yield a finding for interpreters without a wheel, and for those that lack one here and there.

    Interpreters to which the same happens on the same platforms share a finding.
    """
    places = _places(matrix)
    nowhere: dict[str, list[Interpreter]] = defaultdict(list)  # by what they get
    # By what they get on some platforms, what elsewhere, and on which.
    lacking: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for interpreter in matrix.interpreters:
        choices = {machine: matrix.choices[interpreter, machine] for machine in places}
        best = min(map(_got, choices.values()), key=_BEST_FIRST.index)
        if all(choice.excluded for choice in choices.values()):
            continue
        if best in _NO_WHEEL:
            nowhere[best].append(interpreter)
        elif interpreter.is_cpython:  # the others are not made for every platform
            for got, where in _amiss(matrix, choices, best).items():
                lacking[got, best, tuple(where)].append(interpreter.name)
    families = tuple(dict.fromkeys(machine.family for machine in places))
    many = "both platforms" if len(families) == 2 else f"all {len(families)} platforms"  # noqa: PLR2004
    everywhere = families[0] if len(families) == 1 else many
    if len(families) > 1 and len({machine.family for machine in matrix.machines}) > len(families):
        everywhere += " that every CPython runs on"
    for got, those in nowhere.items():
        pythons = tuple(one.name for one in those)
        message = f"{listed(pythons, 9)} {_get(pythons)} {got} on {everywhere}."
        yield Finding(_NO_WHEEL[got], message, _advice(matrix, those), (), pythons, families)
    for (got, best, machines), names in lacking.items():
        message = f"On {listed(machines)}, {listed(names, 9)} {_get(names)} {got}, elsewhere {best}."
        yield Finding("AM003", message, _BUILD_IT, (), tuple(names), machines)


def _amiss(matrix: Matrix, choices: dict[Machine, Choice], best: str) -> dict[str, list[str]]:
    """Return the machines on which an interpreter gets less than the best, by what it gets."""
    amiss: dict[str, list[str]] = defaultdict(list)
    for machine, choice in choices.items():
        got = _got(choice)
        if got == best or not (machine.newest or _falls_behind(matrix, choice, machine)):
            continue
        if machine.family not in amiss[got]:  # an older machine than one that is named already
            amiss[got].append(machine.name)
    return amiss


def _places(matrix: Matrix) -> list[Machine]:
    """Return the machines on which every CPython runs, so that a missing wheel is missed; else all."""
    return [machine for machine in matrix.machines if _common(machine)] or [*matrix.machines]


def _common(machine: Machine) -> bool:
    system = machine.family.partition("_")[0]
    if system == "macosx" and machine.version < _OLDEST_MAC:
        return machine.newest
    return system.startswith(COMMON)


def _got(choice: Choice) -> str:
    if choice.wheel:
        pure = all(tag.platform == "any" for tag in choice.wheel.tags)
        return "a wheel for any platform" if pure else "a wheel of its own"
    return "only the sdist" if choice.file else "nothing"


def _falls_behind(matrix: Matrix, choice: Choice, machine: Machine) -> bool:
    """Whether an interpreter gets no wheel on an older machine, where another CPython does.

    That none gets one is no mistake: old machines fall out when the policy rises.
    """
    if choice.wheel:
        return False
    others = [other for other in matrix.interpreters if other.is_cpython]
    return any(matrix.choices[other, machine].wheel for other in others)


def _get(pythons: Sequence[str]) -> str:
    return "gets" if len(pythons) == 1 else "get"


def _advice(matrix: Matrix, those: list[Interpreter]) -> str:
    note = ""
    if any(one.free_threaded for one in those) and any("abi3" in wheel.abis for wheel in matrix.files.wheels):
        note = "No free-threaded build takes an abi3 wheel. "
    wanted = listed([f"{one.tag}-{one.abi}" for one in those], 9)
    gone = _GONE if any(one.name == "3.13t" for one in those) else ""
    return f"{note}Build {wanted}, or name with --python the interpreters that you support.{gone}"


def _never_taken(matrix: Matrix) -> Iterator[Finding]:
    """Yield the wheels that no interpreter takes, also of those that are not asked for."""
    newest = max(wheel.version for wheel in matrix.files.wheels)
    next_step = "Remove it, or mend its tags: who fits it gets another file, or there is no such interpreter."
    taken = {file for choice in matrix.choices.values() for file in (choice.file, *choice.equals)}
    for wheel in [wheel for wheel in matrix.files.wheels if wheel not in taken]:
        if wheel.version == newest:
            yield Finding("AM004", "No interpreter takes {files}.", next_step, (wheel.path.name,))
        else:
            message = f"No interpreter takes {{files}}: installers prefer {newest}."
            yield Finding("AM004", message, "Check one version at a time.", (wheel.path.name,))


def _ties(matrix: Matrix) -> Iterator[Finding]:
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (interpreter, _), choice in matrix.choices.items():
        if choice.wheel and choice.equals:
            files = sorted(file.path.name for file in (choice.wheel, *choice.equals))
            groups[tuple(files)].append(interpreter.name)
    for files_, names in groups.items():
        pythons = tuple(dict.fromkeys(names))
        message = f"{{files}} are equally good for {listed(pythons, 9)}: an installer takes any of them."
        yield Finding("AM005", message, "Keep one of them.", files_, pythons)
