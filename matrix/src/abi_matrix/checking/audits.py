"""Tools made by others that look into the binaries, each run where it is installed.

abi3audit takes seconds for a wheel, so none of them runs unless it is asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.tags import platform_tags

from abi_matrix.base.commands import last_line, plain_environment, run
from abi_matrix.checking.findings import Finding, Report, listed
from abi_matrix.interpreters.machines import accepted, machines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from subprocess import CompletedProcess

    from abi_matrix.wheels.files import Wheel

_PATIENCE = 600.0  # seconds for one wheel


def audit(wheels: Iterable[Wheel]) -> Report:
    """Return what each installed tool says of the wheels that it understands, a process a wheel."""
    report, missing = Report(), []
    jobs: list[tuple[_Tool, str, Wheel]] = []
    for tool in _TOOLS:
        fitting = [wheel for wheel in wheels if tool.applies(wheel)]
        command = shutil.which(tool.name, path=sysconfig.get_path("scripts")) or shutil.which(tool.name)
        if command:
            jobs += [(tool, command, wheel) for wheel in fitting if tool.possible(wheel)]
            if left := [wheel.path.name for wheel in fitting if not tool.possible(wheel)]:
                report.unchecked.append(
                    f"What {tool.name} says of {listed(left, 2)}: not for this machine's libc."
                )
        elif fitting:
            missing.append(tool.name)
    if missing:
        report.unchecked.append(
            f"What {listed(missing)} would say: not installed (`pip install abi-matrix[audit]`)."
        )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for sub in pool.map(lambda job: job[0].look(*job[1:]), jobs):
            report.add(sub)
    return report


@dataclass(frozen=True)
class _Tool:
    name: str
    arguments: tuple[str, ...]
    applies: Callable[[Wheel], bool]
    objection: Callable[[CompletedProcess[str], Wheel], str]
    """What it objects to, in its own words, nothing if to nothing; raises ValueError if it could not say."""
    code: str
    next_step: str
    possible: Callable[[Wheel], bool] = lambda _: True
    """Whether it can judge this wheel on this machine."""

    def look(self, command: str, wheel: Wheel) -> Report:
        """Run it on a wheel."""
        env = plain_environment()
        result = run(command, *self.arguments, wheel.path, env=env, deadline=_PATIENCE)
        try:
            words = self.objection(result, wheel)
        except (ValueError, KeyError):  # JSONDecodeError is a ValueError
            return Report(unchecked=[f"What {self.name} says of {wheel.path.name}: {last_line(result)}"])
        message = f"{self.name} says of {{files}}: {words}."
        return Report([Finding(self.code, message, self.next_step, (wheel.path.name,))] if words else [])


def _of_auditwheel(result: CompletedProcess[str], wheel: Wheel) -> str:
    said = json.loads(result.stdout)
    needs = str(said["overall_tag"])
    if any(_allows(tag.platform, needs) for tag in wheel.tags):
        return ""
    outside = ", ".join(said["external_libs"])
    return f"the binaries need {needs}{f', and {outside} from outside' if outside else ''}"


def _of_abi3audit(result: CompletedProcess[str], _: Wheel) -> str:
    (row,) = (row for spec in json.loads(result.stdout)["specs"].values() for row in spec["wheel"])
    found = row["result"]
    foreign = [*found["non_abi3_symbols"], *found["future_abi3_objects"]]
    if found["is_abi3"] and found["is_abi3_baseline_compatible"]:
        return ""
    return f"is not abi3 of {found['baseline']}, it needs {found['computed']} and uses {listed(foreign)}"


def _of_abi3t_doctor(result: CompletedProcess[str], _: Wheel) -> str:
    (said,) = json.loads(result.stdout)
    return "; ".join(
        [*filter(None, [said["error"]]), *(f"{row['code']} {row['message']}" for row in said["findings"])]
    )


def _of_check_wheel_contents(result: CompletedProcess[str], wheel: Wheel) -> str:
    problems = [line for line in result.stdout.splitlines() if line.startswith(f"{wheel.path}: W")]
    if result.returncode and not problems:
        raise ValueError
    return "; ".join(line.removeprefix(f"{wheel.path}: ").rstrip(": ") for line in problems)


def _allows(claim: str, needs: str) -> bool:
    """Whether a policy allows all that another does: ``manylinux_2_28`` what ``manylinux2014`` does."""
    if needs.startswith("linux_"):  # auditwheel's word for none
        return False
    return any(needs in accepted(machine.family, machine.version) for machine in machines([claim]))


def _is_linux(wheel: Wheel) -> bool:
    return any(tag.platform.startswith(("manylinux", "musllinux")) for tag in wheel.tags)


def _is_known_here(wheel: Wheel) -> bool:
    """Whether a wheel for Linux is for this machine's libc, the only one that auditwheel knows here."""
    libc = "musllinux" if any(tag.startswith("musl") for tag in platform_tags()) else "manylinux"
    return sys.platform == "linux" and any(tag.platform.startswith(libc) for tag in wheel.tags)


_TOOLS = (
    _Tool(
        "auditwheel", ("show", "--json"), _is_linux, _of_auditwheel,
        "AM301", "Run `auditwheel repair` on it, or build it in an image of that policy.", _is_known_here,
    ),
    _Tool(
        "abi3audit", ("--strict", "--report"), lambda wheel: wheel.abis == {"abi3"}, _of_abi3audit,
        "AM302", "Build it with that limited API, or name in its tag the version that it needs.",
    ),
    _Tool(
        "abi3t-doctor", ("wheel", "--format=json"), lambda wheel: "abi3t" in wheel.abis, _of_abi3t_doctor,
        "AM303", "Look the codes up in abi3t-doctor's documentation.",
    ),
    # The libraries that auditwheel adds are in a folder that belongs to no package (W009, W010).
    _Tool(
        "check-wheel-contents", ("--no-config", "--ignore=W009,W010"), lambda _: True,
        _of_check_wheel_contents, "AM304", "Run check-wheel-contents on it: it names the files.",
    ),
)  # fmt: skip
