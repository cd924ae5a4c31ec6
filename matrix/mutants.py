"""Proof that the tests can fail: each mutant breaks one promise of the code, and a named test must see it.

cargo-mutants would change the Rust code by itself, but it asks ``cargo test``, and the functions here
are tested from Python, with their wheel installed, some of them on one kind of interpreter only. So
the mutants are a list (tests/mutants.toml): what to change, and which test fails of it where. They are
applied to a copy of the tree, one at a time, and built for the stable ABI in a target folder of their
own; only the named tests run. First all of them have to pass on the copy as it is.
"""

from __future__ import annotations

import os
import shutil
import time
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uv import find_uv_bin

from matrix import grid, installers, interpreters, processes, report
from matrix.errors import UserError
from matrix.progress import say
from matrix.table import ROOT, is_free_threaded

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from matrix.table import Table, Wheel

LIST = ROOT / "tests" / "mutants.toml"
CARGO = "cargo"
"""In the place of an interpreter: the test is one of the Rust core's own."""

_NOT_COPIED = ("target", "dist", "wheelhouse", ".git", ".nox", ".venv", "__pycache__", ".*_cache")
_DEADLINE = 300.0  # seconds for one run of tests; a test has its own deadline, from pytest-timeout


@dataclass(frozen=True)
class Mutant:
    """One change to the code that some test must notice."""

    name: str
    """The promise that it breaks."""
    file: str
    before: str
    after: str
    killed_by: dict[str, tuple[str, ...]]
    """The tests that must fail, by the interpreter (or ``cargo``) on which they must."""

    def applied(self, text: str) -> str:
        """Return the text of ``file`` after the change; raises UserError unless it applies at one place."""
        if (places := text.count(self.before)) != 1:
            raise UserError(
                f"The mutant '{self.name}' no longer applies: in {self.file} its `before` stands at {places}"
                f" places; change {LIST.relative_to(ROOT)} as the code was changed."
            )
        return text.replace(self.before, self.after)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant on one interpreter."""

    mutant: str
    python: str
    tests: tuple[str, ...]
    survived: tuple[str, ...]
    """Those of ``tests`` that passed all the same."""


def load() -> list[Mutant]:
    """Return the mutants of tests/mutants.toml."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]
    return [
        Mutant(
            row["name"],
            row["file"],
            row["before"],
            row["after"],
            {python: tuple(tests) for python, tests in row["killed-by"].items()},
        )
        for row in rows
    ]


class Yard:
    """A copy of the tree in which mutants are built and tested."""

    def __init__(self, folder: Path, table: Table, maturin: str) -> None:
        """Copy the tree into ``folder``; what was compiled there before is kept."""
        self.folder, self.table, self.maturin = folder.resolve(), table, maturin
        self.tree = self.folder / "tree"
        shutil.rmtree(self.tree, ignore_errors=True)
        # Not copy2: with the time of the originals cargo would take the last mutant's work for theirs.
        ignored = shutil.ignore_patterns(*_NOT_COPIED)
        shutil.copytree(ROOT, self.tree, ignore=ignored, copy_function=shutil.copyfile)
        self._uv = find_uv_bin()
        self._synced: set[str] = set()
        self._forget()

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        """Have the copy changed for a while; raises UserError if the change does not apply."""
        file = self.tree / mutant.file
        original = file.read_text(encoding="utf-8")
        file.write_text(mutant.applied(original), encoding="utf-8")
        # What runs from the copy itself needs no build.
        stale = not mutant.file.startswith("tests/")
        if stale:
            self._forget()
        try:
            yield
        finally:
            file.write_text(original, encoding="utf-8")
            if stale:
                self._forget()

    def _forget(self) -> None:
        self._built: dict[str, Path] = {}
        self._installed: set[str] = set()

    def failing(self, python: str, tests: Sequence[str]) -> set[str]:
        """Return which of ``tests`` fail on ``python``; raises UserError if one does not run."""
        if python == CARGO:
            return {test for test in tests if self._fails_in_cargo(test)}
        self._install(python)
        return self._failing_in_pytest(python, tests)

    def _fails_in_cargo(self, test: str) -> bool:
        command = ["cargo", "test", "--locked", "--quiet", "--package=gil-timeline", "--", "--exact", test]
        run = self._run(command, CARGO_TARGET_DIR=str(self.folder / "target" / CARGO))
        count = report.of_cargo(run.stdout)
        if count.passed + count.failed != 1:
            raise UserError(f"cargo did not run {test}: {run.stdout}{run.stderr}")
        return count.failed == 1

    def _failing_in_pytest(self, python: str, tests: Sequence[str]) -> set[str]:
        results = self.folder / "results.xml"
        results.unlink(missing_ok=True)
        options = ("--quiet", "--timeout=30", "--tb=line", "-p", "no:cacheprovider", f"--junit-xml={results}")
        run = self._run(
            [str(installers.python_of(self._venv(python))), "-m", "pytest", *options, *tests],
            # 0: a mutant that brings the GIL back has to be found by its test, not by the guard around all.
            PYTHON_GIL="0" if is_free_threaded(python) else None,
            PYTHONPATH=None,
            PYTHONDONTWRITEBYTECODE="1",  # a file changed twice in a second would look the same to Python
        )
        seen = report.cases(results) if results.exists() else {}
        failing = set()
        for test in tests:
            mine = {
                node: failed for node, failed in seen.items() if node == test or node.startswith(f"{test}[")
            }
            if not mine:
                raise UserError(f"pytest did not run {test} on {python}: {run.stdout}{run.stderr}")
            if any(mine.values()):
                failing.add(test)
        return failing

    def _install(self, python: str) -> None:
        if python in self._installed:
            return
        if python not in self._synced:
            self._sync(python)
        wheel = self.table.wheel_for(python)
        if wheel.tag not in self._built:
            self._built[wheel.tag] = self._build(wheel)
        options = ("--quiet", "--no-index", "--no-deps", "--reinstall", f"--python={self._venv(python)}")
        self._succeed([self._uv, "pip", "install", *options, str(self._built[wheel.tag])])
        self._installed.add(python)

    def _sync(self, python: str) -> None:
        venv = str(self._venv(python))
        base = interpreters.executable(python, self.table)
        self._succeed([self._uv, "venv", "--quiet", "--allow-existing", f"--python={base}", venv])
        sync = [self._uv, "sync", "--locked", "--quiet", "--inexact", "--compile-bytecode", "--group=test"]
        self._succeed(sync, UV_PROJECT_ENVIRONMENT=venv)
        self._synced.add(python)

    def _build(self, wheel: Wheel) -> Path:
        out = self.folder / "wheels" / wheel.tag
        shutil.rmtree(out, ignore_errors=True)
        base = interpreters.executable(wheel.built_with, self.table)
        command = [self.maturin, "build", "--quiet", "--interpreter", base, "--out", str(out)]
        target = self.folder / "target" / wheel.tag
        self._succeed(command, CARGO_TARGET_DIR=str(target), CARGO_PROFILE_DEV_DEBUG="false", **wheel.env)
        (built,) = out.glob("*.whl")
        return built

    def _venv(self, python: str) -> Path:
        return self.folder / "venvs" / python

    def _succeed(self, command: list[str], **variables: str | None) -> None:
        processes.succeed(*command, cwd=self.tree, env=_environment(variables))

    def _run(self, command: list[str], **variables: str | None) -> subprocess.CompletedProcess[str]:
        """Run tests; what hangs past the deadline ends up with no result, as its caller will say."""
        return processes.run(*command, cwd=self.tree, env=_environment(variables), deadline=_DEADLINE)


def _environment(variables: Mapping[str, str | None]) -> dict[str, str]:
    changed = {**os.environ, "VIRTUAL_ENV": None, "UV_PYTHON": None, **variables}
    return {name: value for name, value in changed.items() if value is not None}


def prove(yard: Yard, mutants: Sequence[Mutant]) -> list[Outcome]:
    """Return what became of each mutant; raises UserError if a named test fails without any."""
    for python, tests in _all_tests(mutants).items():
        say(f"unchanged, {python}: {len(tests)} tests")
        if failing := yard.failing(python, tests):
            raise UserError(
                f"Without any mutant these fail on {python}: {', '.join(failing)}. Mend them first."
            )
    outcomes = []
    for number, mutant in enumerate(mutants, 1):
        start = time.monotonic()
        try:
            mine = _tried(yard, mutant)
        except UserError as error:
            raise UserError(f"The mutant '{mutant.name}' cannot be tried. {error}") from error
        outcomes += mine
        verdict = _verdict(any(outcome.survived for outcome in mine))
        say(f"{number}/{len(mutants)} {mutant.name}: {verdict} ({time.monotonic() - start:.1f} s)")
    return outcomes


def _tried(yard: Yard, mutant: Mutant) -> list[Outcome]:
    with yard.mutated(mutant):
        return [
            Outcome(mutant.name, python, tests, tuple(sorted({*tests} - yard.failing(python, tests))))
            for python, tests in mutant.killed_by.items()
        ]


def show(outcomes: Sequence[Outcome]) -> None:
    """Print a row a mutant and interpreter; raises UserError if any survived."""
    rows = [
        (outcome.mutant, outcome.python, test.rpartition("::")[2], _verdict(test in outcome.survived))
        for outcome in outcomes
        for test in outcome.tests
    ]
    grid.show("Mutants", ["mutant", "on", "test", "verdict"], rows)
    names = {outcome.mutant for outcome in outcomes}
    survivors = {outcome.mutant for outcome in outcomes if outcome.survived}
    say(f"{len(names) - len(survivors)} of {len(names)} mutants killed")
    if survivors:
        raise UserError(
            f"Nothing noticed {', '.join(sorted(survivors))}: the tests named there must be sharper."
        )


def _verdict(survived: bool) -> str:
    return "SURVIVED" if survived else "killed"


def chosen(words: Sequence[str]) -> list[Mutant]:
    """Return the mutants whose names have one of ``words``, all if there are none."""
    mutants = load()
    found = [mutant for mutant in mutants if any(word in mutant.name for word in words)] if words else mutants
    if not found:
        raise UserError(f"No mutant is called {' or '.join(words)}: {'; '.join(m.name for m in mutants)}.")
    return found


def _all_tests(mutants: Sequence[Mutant]) -> dict[str, list[str]]:
    tests: dict[str, list[str]] = {}
    for mutant in mutants:
        for python, named in mutant.killed_by.items():
            tests.setdefault(python, []).extend(test for test in named if test not in tests.get(python, []))
    return tests
