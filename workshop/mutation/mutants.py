"""Proof that the tests can fail: each mutant breaks one promise of the code, and a named test must see it.

cargo-mutants would change the Rust code by itself, but it asks ``cargo test``, and the functions here
are tested from Python, with their wheel installed, some of them on one kind of interpreter only. So
the mutants are a list (tests/mutants): what to change, and which test fails of it where. They are
applied to copies of this repository, to each one at a time, and built for the stable ABI in a target
folder of the copy; only the named tests run. First all of them have to pass on a copy as it is.

A mutant is killed by a test in which an assertion failed. A test that ends in another exception, or because
its time ran out, has not said what is wrong, and the mutant survives.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Queue
from typing import TYPE_CHECKING

from abi_matrix.base import terminal
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from workshop.mutation.workspace import KILLED, PASSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workshop.mutation.catalogue import Mutant
    from workshop.mutation.workspace import Workspace


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant on one interpreter."""

    mutant: str
    python: str
    verdicts: Mapping[str, str]
    """Of each test: ``killed``, ``passed``, or the failure in which no assertion failed."""

    @property
    def survived(self) -> bool:
        """Whether one of the tests has not killed it."""
        return set(self.verdicts.values()) != {KILLED}


def prove(workspaces: Sequence[Workspace], mutants: Sequence[Mutant]) -> list[Outcome]:
    """Return what became of each mutant; raises UserError if a named test fails without any.

    Each of ``workspaces`` has one mutant at a time: one is built while the tests of another wait.
    """
    for python, tests in _all_tests(mutants).items():
        say(f"unchanged, {python}: {len(tests)} tests")
        verdicts = workspaces[0].verdicts(python, tests)
        if failing := [test for test, verdict in verdicts.items() if verdict != PASSED]:
            raise UserError(
                f"Without any mutant these fail on {python}: {', '.join(failing)}. Mend them first."
            )
    free: Queue[Workspace] = Queue()
    for workspace in workspaces:
        free.put(workspace)

    def tried(mutant: Mutant) -> list[Outcome]:
        workspace = free.get()
        try:
            return _tried(workspace, mutant)
        finally:
            free.put(workspace)

    # Those in Rust come last: after the first of them the installed wheel is no longer the unchanged one.
    in_order = sorted(mutants, key=lambda mutant: mutant.file.endswith(".rs"))
    with ThreadPoolExecutor(len(workspaces)) as pool:
        futures = [pool.submit(tried, mutant) for mutant in in_order]
        try:
            return [outcome for future in futures for outcome in future.result()]
        finally:
            pool.shutdown(cancel_futures=True)


def _tried(workspace: Workspace, mutant: Mutant) -> list[Outcome]:
    start = time.monotonic()
    try:
        with workspace.mutated(mutant):
            outcomes = [
                Outcome(mutant.name, python, workspace.verdicts(python, tests))
                for python, tests in mutant.killed_by.items()
            ]
    except UserError as error:
        raise UserError(f"The mutant '{mutant.name}' cannot be tried. {error}") from error
    verdict = "SURVIVED" if any(outcome.survived for outcome in outcomes) else KILLED
    say(f"{mutant.name}: {verdict} ({time.monotonic() - start:.1f} s)")
    return outcomes


def show(outcomes: Sequence[Outcome]) -> None:
    """Print a row a mutant and interpreter; raises UserError if any survived."""
    rows = [
        (outcome.mutant, outcome.python, test.rpartition("::")[2], _spelled(verdict))
        for outcome in outcomes
        for test, verdict in outcome.verdicts.items()
    ]
    terminal.show("Mutants", ["mutant", "on", "test", "verdict"], rows)
    names = {outcome.mutant for outcome in outcomes}
    survivors = {outcome.mutant for outcome in outcomes if outcome.survived}
    say(f"{len(names) - len(survivors)} of {len(names)} mutants killed")
    if survivors:
        raise UserError(
            f"No assertion noticed {', '.join(sorted(survivors))}: the tests named there must be sharper."
        )


def _spelled(verdict: str) -> str:
    return {KILLED: KILLED, PASSED: "SURVIVED"}.get(verdict, f"SURVIVED, no assertion failed: {verdict}")


def _all_tests(mutants: Sequence[Mutant]) -> dict[str, list[str]]:
    tests: dict[str, list[str]] = {}
    for mutant in mutants:
        for python, named in mutant.killed_by.items():
            tests.setdefault(python, []).extend(test for test in named if test not in tests.get(python, []))
    return tests
