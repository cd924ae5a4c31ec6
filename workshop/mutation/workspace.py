"""A copy of this repository in which one mutant at a time is built and tested."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from uv import find_uv_bin

from abi_matrix.base import commands, venvs
from abi_matrix.base.errors import UserError
from abi_matrix.interpreters.names import parse
from abi_matrix.provisioning import interpreters
from abi_matrix.testing import results
from workshop.extension import features
from workshop.repository import ROOT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence

    from abi_matrix.config.table import Row, Table
    from workshop.mutation.catalogue import Mutant

CARGO = "cargo"
"""In the place of an interpreter: the test is one of the Rust core's own."""
WORKSHOP, TOOL = "workshop", "abi-matrix"
"""In the place of an interpreter: the test is one of tests/workshop, or of matrix/tests; nothing is built."""
PASSED, KILLED = "passed", "killed"

_NOT_COPIED = ("target", "dist", "wheelhouse", ".git", ".nox", ".venv", "__pycache__", ".*_cache")
_DEADLINE = 300.0  # seconds for one run of tests
# Seconds for one test. A test waits 20 or more for what does not come, so that one that would fail because
# its own time ran out is ended before, and counts as what it is. Less wait only those that prove that nothing
# hangs.
_TIMEOUT = 19
# What pytest writes of a failed assert, of pytest.raises (which fails by pytest.fail) and of pytest.fail.
_ASSERTION = re.compile(r"assert\b|AssertionError\b|Failed: (?!Timeout \()")
_SOURCE = "src/"
_PYTHON = ("src/gil/", "src/pytest_gil_demo.py")
_HAZARDS = "crates/hazards/"


class Workspace:
    """A copy of this repository, and environments with the wheels that are built from it."""

    def __init__(self, folder: Path, table: Table, maturin: str) -> None:
        """Copy it into ``folder``; what was compiled there before is kept."""
        self.folder, self.table, self.maturin = folder.resolve(), table, maturin
        self.copy = self.folder / "copy"
        shutil.rmtree(self.copy, ignore_errors=True)
        # Not copy2: with the time of the originals cargo would take the last mutant's work for theirs.
        ignored = shutil.ignore_patterns(*_NOT_COPIED)
        shutil.copytree(ROOT, self.copy, ignore=ignored, copy_function=shutil.copyfile)
        folders = ("", "matrix/src", "matrix/tests")
        self._path = os.pathsep.join(str(self.copy / folder) for folder in folders)
        self._synced: set[str] = set()
        self._built: dict[tuple[str, str], Path] = {}
        self._installed: set[tuple[str, str]] = set()

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        """Have the copy changed for a while; raises UserError if the change does not apply."""
        files = [self.copy / mutant.file]
        original = files[0].read_text(encoding="utf-8")
        changed = mutant.applied(original)
        if mutant.file.startswith(_PYTHON):
            files += [self._installed_file(python, mutant.file) for python in mutant.killed_by]
        try:
            for file in files:
                _replace(file, changed)
            self._forget(mutant.file)
            yield
        finally:
            for file in files:
                _replace(file, original)
            self._forget(mutant.file)

    def verdicts(self, python: str, tests: Sequence[str]) -> dict[str, str]:
        """Say of each of ``tests``, run on ``python``: ``passed``, ``killed``, or why it failed otherwise.

        ``killed`` is a test in which an assertion failed. Another exception, an error of a fixture and a
        test whose time ran out may come from anything. Raises UserError if a test does not run.
        """
        if python == CARGO:
            return {test: self._in_cargo(test) for test in tests}
        self._sync(python)
        if not _is_ours(python):
            self._install(python, "")
        if any(_needs_hazards(test) for test in tests):
            self._install(python, _HAZARDS)
        return self._in_pytest(python, tests)

    def _in_cargo(self, test: str) -> str:
        packages = ("--package=gil-sampler", "--package=gil-timeline")
        command = ("cargo", "test", "--locked", "--quiet", *packages, "--", "--exact", test)
        run = self._run(*command, CARGO_TARGET_DIR=str(self.folder / "target" / CARGO))
        count = results.of_cargo(run.stdout)
        if count.passed + count.failed != 1:
            raise UserError(f"cargo did not run {test}: {run.stdout}{run.stderr}")
        if count.passed:
            return PASSED
        panic = re.search(r"panicked at .*\n(.*)", run.stdout)
        reason = panic[1] if panic else "no panic"
        return KILLED if reason.startswith("assertion ") else reason

    def _in_pytest(self, python: str, tests: Sequence[str]) -> dict[str, str]:
        xml = self.folder / "results.xml"
        xml.unlink(missing_ok=True)
        # Node ids are relative to the root, of which each of the two settings has another.
        settings = "matrix/pyproject.toml" if python == TOOL else "pyproject.toml"
        run = self._run(
            *(venvs.scripts(self._venv(python)) / "python", "-m", "pytest", "--quiet", "--tb=line"),
            *(f"--config-file={settings}", f"--rootdir={self.copy}", "--override-ini=pythonpath="),
            *(f"--timeout={_TIMEOUT}", "-p", "no:cacheprovider", f"--junit-xml={xml}", *tests),
            # 0: a mutant that brings the GIL back has to be found by its test, not by the guard around all.
            PYTHON_GIL="0" if not _is_ours(python) and parse(python).free_threaded else None,
            PYTHONPATH=self._path if _is_ours(python) else None,
            PYTHONDONTWRITEBYTECODE="1",  # a file changed twice in a second would look the same to Python
        )
        seen = outcomes(xml) if xml.exists() else {}
        verdicts = {}
        for test in tests:
            mine = [how for node, how in seen.items() if node == test or node.startswith(f"{test}[")]
            if not mine:
                raise UserError(f"pytest did not run {test} on {python}: {run.stdout}{run.stderr}")
            failed = sorted(how for how in mine if how != PASSED)
            verdicts[test] = KILLED if KILLED in failed else failed[0] if failed else PASSED
        return verdicts

    def _forget(self, file: str) -> None:
        """Have what ``file`` belongs to built again when it is next asked for; Python files need no build."""
        if file.endswith(".rs"):
            crate = _HAZARDS if file.startswith(_HAZARDS) else ""
            self._built = {key: wheel for key, wheel in self._built.items() if key[0] != crate}
            self._installed = {key for key in self._installed if key[0] != crate}

    def _installed_file(self, python: str, file: str) -> Path:
        self._sync(python)
        self._install(python, "")
        (found,) = self._venv(python).glob(f"**/site-packages/{file.removeprefix(_SOURCE)}")
        return found

    def _install(self, python: str, crate: str) -> None:
        if (crate, python) in self._installed:
            return
        wheel = self.table.row_for(python)
        if (crate, wheel.tag) not in self._built:
            self._built[crate, wheel.tag] = self._build(wheel, crate)
        options = ("--quiet", "--no-index", "--no-deps", "--reinstall", f"--python={self._venv(python)}")
        self._succeed(find_uv_bin(), "pip", "install", *options, self._built[crate, wheel.tag])
        self._installed.add((crate, python))

    def _sync(self, python: str) -> None:
        if python in self._synced:
            return
        venv = self._venv(python)
        ours = _is_ours(python)
        base = interpreters.executable(self.table.rows[0].built_with if ours else python, self.table)
        self._succeed(find_uv_bin(), "venv", "--quiet", "--allow-existing", f"--python={base}", venv)
        groups = ("--group=test", *(["--group=workshop"] if ours else []))
        options = ("--locked", "--quiet", "--inexact", "--compile-bytecode")
        self._succeed(find_uv_bin(), "sync", *options, *groups, UV_PROJECT_ENVIRONMENT=str(venv))
        self._synced.add(python)

    def _build(self, wheel: Row, crate: str) -> Path:
        # Neither of the two wheels lies in the other's folder: each build empties its own.
        out = self.folder / "wheels" / wheel.tag / (Path(crate).name or "extension")
        shutil.rmtree(out, ignore_errors=True)
        base = interpreters.executable(wheel.built_with, self.table)
        more = [f"--features={feature}" for feature in features(wheel.built_with)] if crate else []
        self._succeed(
            *(self.maturin, "build", "--quiet", "--interpreter", base, "--out", out),
            *(f"--manifest-path={crate}Cargo.toml", *more),
            CARGO_TARGET_DIR=str(self.folder / "target" / wheel.tag),
            CARGO_PROFILE_DEV_DEBUG="false",
            **wheel.env,
        )
        (built,) = out.glob("*.whl")
        return built

    def _venv(self, python: str) -> Path:
        return self.folder / "venvs" / python

    def _succeed(self, *command: str | Path, **variables: str | None) -> None:
        commands.succeed(*command, cwd=self.copy, env=_environment(variables))

    def _run(self, *command: str | Path, **variables: str | None) -> subprocess.CompletedProcess[str]:
        """Run tests; what hangs past the deadline ends up with no result, as its caller will say."""
        return commands.run(*command, cwd=self.copy, env=_environment(variables), deadline=_DEADLINE)


def _needs_hazards(test: str) -> bool:
    file = ROOT / test.partition("::")[0]
    return test.startswith("tests/hazards/") or "gil_hazards" in file.read_text(encoding="utf-8")


def _is_ours(python: str) -> bool:
    return python in {WORKSHOP, TOOL}


def outcomes(xml: Path) -> dict[str, str]:
    """Read from a ``--junit-xml`` what `Workspace.verdicts` says of each test that ran, by its node id."""
    found = {}
    for case in ET.parse(xml).getroot().iter("testcase"):  # noqa: S314 - our own file
        node = results.node(case)
        if case.find("skipped") is not None:
            continue
        if (error := case.find("error")) is not None:
            found[node] = f"error: {_first_line(error)}"
        elif (failure := case.find("failure")) is not None:
            reason = _first_line(failure)
            found[node] = KILLED if _ASSERTION.match(reason) else reason
        else:
            found.setdefault(node, PASSED)
    return found


def _first_line(bad: ET.Element) -> str:
    return bad.get("message", "").partition("\n")[0]


def _replace(file: Path, text: str) -> None:
    # uv may have linked the installed file to the one in its cache, so it is not written to.
    file.unlink()
    file.write_text(text, encoding="utf-8")


def _environment(variables: Mapping[str, str | None]) -> dict[str, str]:
    changed = {**os.environ, "VIRTUAL_ENV": None, "UV_PYTHON": None, **variables}
    return {name: value for name, value in changed.items() if value is not None}
