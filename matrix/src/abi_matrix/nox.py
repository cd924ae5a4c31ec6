"""The table's sessions for a noxfile.

Three lines of a noxfile register them::

    from abi_matrix import nox as abi_matrix

    abi_matrix.sessions(__file__)

They are ``provision``, ``wheel-TAG`` for each row, ``test-PYTHON`` for each interpreter, ``check`` and
``report``. A project's own sessions stand beside them.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import nox

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import escape_what_cannot_be_printed
from abi_matrix.config.table import load
from abi_matrix.interpreters.search_path import search_path
from abi_matrix.testing.lanes import lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from abi_matrix.config.table import Row, Table
    from abi_matrix.provisioning.environments import Environment

    Work = Callable[[nox.Session], None]
    Verify = Callable[[str, str | None], None]


class Companion(Protocol):
    """A second wheel that the tests need: built in the sessions of the project's, never published."""

    def build(self, row: Row, environment: Environment) -> Path:
        """Build it for the ABI of ``row``, after the project's wheel, in the same environment."""

    def built(self, row: Row) -> Path:
        """Return the built file."""


def sessions(
    noxfile: str,
    *,
    companion: Companion | None = None,
    verify: Verify | None = None,
    also: Sequence[str] = (),
) -> Table:
    """Register the sessions of the table in the folder of ``noxfile``, and return that table.

    `nox -s test-3.14t -- --wheelhouse FOLDER` tests the file of a folder that installers take there.

    ``also`` names the project's sessions whose results `report` counts as well. ``verify`` gets the name of a
    session whose results are there, and of its interpreter if it has one, and may raise UserError: after each
    test session without arguments of its own, and from `report`.
    """
    nox.options.default_venv_backend = "uv"
    nox.options.download_python = "never"  # `provision` does it, with a way out where uv cannot
    nox.options.error_on_missing_interpreters = True
    nox.options.reuse_venv = "yes"
    # Tests of extensions mostly wait; but the more there are at once, the more a free-threaded build spins.
    nox.options.parallel = 2 * (os.cpu_count() or 1)
    root = Path(noxfile).resolve().parent
    # nox starts a process a session. Where compiled files are forbidden, each would compile nox anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(root / ".nox" / "pycache"))
    os.environ["PATH"] = search_path()
    escape_what_cannot_be_printed()
    try:
        table = load(root)
        _add_provision(table)
        for row in table.rows:
            _add_wheel(row, table, companion)
        for python in reversed(table.interpreters):  # the free-threaded ones first: they take longest
            _add_tests(python, table, companion, verify)
    except UserError as error:
        sys.exit(str(error))
    _add_check(table)
    _add_report(table, also, verify)
    return table


def command(says: str = "", **options: Any) -> Callable[[Work], Work]:  # noqa: ANN401 - nox's own
    """Make a session of a function, with nox's ``options``; a UserError ends it with one sentence.

    Unless ``default`` is among them it runs only when it is named, and without ``python`` or ``venv_backend``
    it has no environment. `nox --list` shows what it ``says``, or its docstring.
    """

    def register(work: Work) -> Work:
        @functools.wraps(work)
        def telling(session: nox.Session) -> None:
            try:
                work(session)
            except UserError as error:
                session.error(str(error).rstrip("."))  # nox ends it itself

        telling.__doc__ = says or work.__doc__
        bare = {} if options.keys() & {"python", "venv_backend"} else {"venv_backend": "none"}
        nox.session(**{"default": False, **bare, **options})(telling)
        return telling

    return register


def environment(session: nox.Session, table: Table, python: str | None = None) -> Environment:
    """Return the environment that nox has made for a session, or one with the interpreter ``python``.

    That interpreter is provided if need be.
    """
    from abi_matrix.provisioning import environments

    if python is None:
        return environments.Environment(Path(session.virtualenv.location), table.root)
    return environments.environment(table.root, session.name, _interpreter(python, table))


def _interpreter(python: str, table: Table) -> str:
    from abi_matrix.provisioning import interpreters

    return interpreters.executable(python, table)


def _alone(session: nox.Session, table: Table) -> AbstractContextManager[None]:
    """Keep the same session of another run out: they share environment, target folder and results."""
    from abi_matrix.base import cache

    return cache.lock(session.name, table.root)


def _add_provision(table: Table) -> None:
    @command()
    def provision(session: nox.Session) -> None:
        """Find, download or build every interpreter of the table, or those named after `--`."""
        for python in session.posargs or table.interpreters:
            session.log(f"{python} is {_interpreter(python, table)}")


def _add_wheel(row: Row, table: Table, companion: Companion | None) -> None:
    @command(
        f"Build {row.tag} with {row.built_with}, for {', '.join(row.serves)}.",
        name=row.session, allow_parallel=True, tags=["wheel"],
    )  # fmt: skip
    def wheel(session: nox.Session) -> None:
        from abi_matrix.building import wheels

        with _alone(session, table):
            made = environment(session, table, row.built_with)
            wheels.build(row, table, made)
            if companion:
                companion.build(row, made)


def _add_tests(python: str, table: Table, companion: Companion | None, verify: Verify | None) -> None:
    row = table.row_for(python)
    many = f"{count} lanes" if (count := len(lanes(python, table))) > 1 else "one lane"

    @command(
        f"Test {python} with {row.tag} installed, in {many}.",
        name=f"test-{python}", default=True, requires=[row.session], allow_parallel=True, tags=["test"],
    )  # fmt: skip
    def test(session: nox.Session) -> None:
        from abi_matrix.building import wheels
        from abi_matrix.testing import runs
        from abi_matrix.testing.identity import Installed

        name, arguments = session.name, session.posargs
        if arguments[:1] == ["--wheelhouse"]:
            name, file = f"wheelhouse-{python}", wheels.taken(Path(arguments[1]), python)
            arguments = arguments[2:]
        else:
            file = wheels.built(table, row)
        with _alone(session, table):
            made = environment(session, table, python)
            made.sync(*table.tests.groups)
            made.install(file, *([companion.built(row)] if companion else []))
            runs.run(name, table, Installed(python, made, file), arguments)
            if verify and not arguments:
                verify(name, python)


def _add_check(table: Table) -> None:
    @command()
    def check(session: nox.Session) -> None:
        """Say which file of dist/ each interpreter gets, and what is wrong."""
        from abi_matrix.cli import main

        pythons = (f"--python={python}" for python in table.interpreters)
        chosen = session.posargs or ["dist", "--prove", *pythons]
        try:
            main(["check", f"--table={table.root / 'pyproject.toml'}", *chosen], prog_name="abi-matrix")
        except SystemExit as ended:
            if ended.code:
                session.error("`abi-matrix check` is not content; what it says is above")


def _add_report(table: Table, also: Sequence[str], verify: Verify | None) -> None:
    @command(default=True, requires=[*also, *(f"test-{python}" for python in table.interpreters)])
    def report(session: nox.Session) -> None:
        """Print interpreters, what they are, wheels, tests passed and skipped; `-- failures`: what failed."""
        from abi_matrix.testing import results
        from abi_matrix.testing.report import show

        if session.posargs == ["failures"]:
            session.log(results.failures(table.root))
            return
        if verify:
            for name in also:
                verify(name, None)
            for python in table.interpreters:
                verify(f"test-{python}", python)
        show(table, also)
