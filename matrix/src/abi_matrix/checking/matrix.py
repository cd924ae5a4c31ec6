"""The matrix: which file each interpreter gets on each machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from abi_matrix.interpreters import names
from abi_matrix.interpreters.machines import machines
from abi_matrix.wheels.choice import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi_matrix.interpreters.machines import Machine
    from abi_matrix.interpreters.names import Interpreter
    from abi_matrix.wheels.choice import Choice
    from abi_matrix.wheels.files import Wheel
    from abi_matrix.wheels.folder import Files

    Takers = dict[Interpreter, set[str]]


@dataclass(frozen=True)
class Matrix:
    """The choice of every interpreter on every machine."""

    files: Files
    interpreters: tuple[Interpreter, ...]
    """Those that were asked for; others are in ``choices`` because a wheel names them."""
    machines: tuple[Machine, ...]
    choices: dict[tuple[Interpreter, Machine], Choice]

    @cached_property
    def takers(self) -> dict[Wheel, Takers]:
        """Which of the interpreters asked for take each wheel, and on which families of machines."""
        takers: dict[Wheel, Takers] = {wheel: {} for wheel in self.files.wheels}
        for interpreter in self.interpreters:
            for machine, choice in self.of(interpreter).items():
                for wheel in filter(None, (choice.wheel, *choice.equals)):
                    takers[wheel].setdefault(interpreter, set()).add(machine.family)
        return takers

    def of(self, interpreter: Interpreter) -> dict[Machine, Choice]:
        """Return what an interpreter gets, by machine."""
        return {machine: self.choices[interpreter, machine] for machine in self.machines}


def build(files: Files, asked: Sequence[Interpreter] = ()) -> Matrix:
    """Compute the matrix for the interpreters ``asked`` for, else for today's and those that wheels name."""
    tags = {tag for wheel in files.wheels for tag in wheel.tags}
    places = tuple(machines(tag.platform for tag in tags))
    named = names.named_by(tags)
    today = [names.parse(name) for name in names.TODAY]
    shown = tuple(asked) or (*today, *(one for one in named if not one.is_cpython))
    everyone = dict.fromkeys([*shown, *today, *named])
    return Matrix(
        files,
        shown,
        places,
        {
            (interpreter, machine): choose(files, interpreter, machine.platforms)
            for interpreter in everyone
            for machine in places
        },
    )
