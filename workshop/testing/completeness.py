"""What ran, compared with what should have: a test that is left out, skipped or not reached is no proof."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.interpreters.names import parse
from abi_matrix.testing import results
from abi_matrix.testing.lanes import lanes
from abi_matrix.testing.report import read
from workshop.documents import claims
from workshop.repository import ROOT, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from abi_matrix.config.table import Table
    from workshop.documents.claims import Claim

FOLDERS = {"workshop": "workshop", "build-limits": "build"}
"""Where in tests/ the tests of the sessions are that are not of one interpreter."""
_SHOWN = 10
"""So many gaps are told in full; a run of a few chosen tests has hundreds."""


@dataclass(frozen=True)
class Run:
    """One run of pytest; its tests go by their node ids."""

    name: str
    """The lane's, or the session's if it has one run only."""
    collected: Mapping[str, Sequence[str]]
    """The claims of every test that there was, before a lane or ``-k`` left out some."""
    chosen: frozenset[str]
    """What was not left out."""
    begun: frozenset[str]
    """What has a result, whichever."""
    passed: frozenset[str]


def due(
    lies_there: Callable[[str], bool], python: str | None = None, *, posix: bool | None = None
) -> list[Claim]:
    """Return the claims that have tests in such files, and hold on the system and the interpreter.

    Whether the system is ``posix`` this one knows, unless it is said.
    """
    ours = {id_ for id_, tests in claims.carriers().items() if any(lies_there(test.file) for test in tests)}
    return [claim for claim in claims.load()[1] if claim.id in ours and holds(claim, python, posix=posix)]


def holds(claim: Claim, python: str | None, *, posix: bool | None = None) -> bool:
    """Tell whether the claim is about the interpreter ``python``, and the system, as for ``due``."""
    if claim.only == "POSIX":
        return os.name == "posix" if posix is None else posix
    return claim.only != "free-threaded" or python is None or parse(python).free_threaded


def gaps(where: str, runs: Sequence[Run], demanded: Iterable[Claim]) -> Iterator[str]:
    """Say what the ``runs`` of one interpreter, or session, do not prove, taken together.

    Each run has to end what it began. Of all runs together, each test has to begin in one, each that
    carries a claim has to pass in one, and each of the ``demanded`` claims has to have such a test.
    """
    for run in runs:
        if not run.chosen:
            yield f"{where}, {run.name}: it chose no test."
        elif lost := sorted(run.chosen - run.begun):
            yield f"{where}, {run.name}: {len(lost)} of {len(run.chosen)} tests never ran: {lost[0]}, ..."
    begun, passed = (frozenset().union(*(getattr(run, part) for run in runs)) for part in ("begun", "passed"))
    collected = {test: ids for run in runs for test, ids in run.collected.items()}
    for test, ids in collected.items():
        if ids and test not in passed:
            yield f"{where}: {test}, which proves {', '.join(ids)}, passed in no run."
        elif test not in begun:
            yield f"{where}: {test} is left out of every run."
    proven = {id_ for ids in collected.values() for id_ in ids}
    for claim in demanded:
        if claim.id not in proven:
            yield (
                f"{where}: there is no test of {claim.id} ({claim.says}) Bring back {_tests(claim)}, or"
                " say in the claim's row with `only` where it holds."
            )


def gaps_of_cargo(output: str) -> Iterator[str]:
    """Say which tests of Cargo that prove claims did not pass, by the output of ``cargo test``."""
    for claim in claims.load()[1]:
        for proof in claim.proven_by:
            function = re.escape(proof.partition("::")[2])
            if not re.search(rf"(?m)^test (\S+::)?{function} \.\.\. ok$", output):
                yield f"cargo test: {proof}, which proves {claim.id}, did not pass."


def require_none(found: Iterable[str]) -> None:
    """Raise UserError if there are gaps: that no test failed is then no proof."""
    if found := [*found]:
        more = [f"... and {len(found) - _SHOWN} more."] * (len(found) > _SHOWN)
        head = "Not everything was tested (a run without a choice of tests does):"
        raise UserError("\n".join([head, *found[:_SHOWN], *more]))


def _tests(claim: Claim) -> str:
    return " or ".join(f"{test.file}::{test.test}" for test in claims.carriers()[claim.id])


def verify(session: str, python: str | None = None) -> None:
    """Raise UserError if the session, which may be of one interpreter, did not prove what it should."""
    if session == "rust":
        require_none(gaps_of_cargo(read(ROOT, session, "cargo.txt")))
    elif python:
        require_none(gaps_of_interpreter(python, session))
    elif session in FOLDERS:
        require_none(gaps_of_suite(session))


def gaps_of_interpreter(
    python: str, session: str, of: Table | None = None, *, posix: bool | None = None
) -> Iterator[str]:
    """Say what the lanes of ``python`` in this session, by the table ``of`` it, did not prove.

    Where the system is not ``posix``, tests may be skipped, and prove nothing; see ``skips`` for the reasons.
    """
    others = tuple(f"tests/{folder}/" for folder in FOLDERS.values())
    demanded = due(lambda file: not file.startswith(others), python, posix=posix)
    skips = not (os.name == "posix" if posix is None else posix)
    runs = [read_run(session, lane.name, skips=skips) for lane in lanes(python, of or table())]
    return gaps(session, runs, demanded)


def gaps_of_suite(session: str) -> Iterator[str]:
    """Say what a session of ``FOLDERS`` did not prove."""
    demanded = due(lambda file: file.startswith(f"tests/{FOLDERS[session]}/"))
    return gaps(session, [read_run(session, session)], demanded)


def read_run(session: str, name: str, *, skips: bool = False) -> Run:
    """Return what one run of pytest, of this session, left behind; raises UserError if it did not.

    Where it may have ``skips``, the tests that it skipped are as if they were not there.
    """
    collected = json.loads(read(ROOT, session, f"{name}.collected"))
    cases = [*results.read(results.folder(ROOT) / session / f"{name}.xml").iter("testcase")]
    if skips:
        for case in cases:
            if case.find("skipped[@type='pytest.skip']") is not None:  # and not xfailed
                collected.pop(results.node(case), None)
    return Run(
        name,
        collected={test: facts["claims"] for test, facts in collected.items()},
        chosen=frozenset(test for test, facts in collected.items() if facts["chosen"]),
        begun=frozenset(map(results.node, cases)),
        # pytest writes an element into the case of a test that failed, erred or was skipped.
        passed=frozenset(
            results.node(case)
            for case in cases
            if not any(map(case.findall, ("failure", "error", "skipped")))
        ),
    )
