"""What the sessions of noxfile.py share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import nox

from matrix.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matrix.table import Table, Wheel

    Work = Callable[[nox.Session], None]
    Builder = Callable[[Wheel, str, str], Path]


def command(says: str = "", **options: Any) -> Callable[[Work], Work]:  # noqa: ANN401 - nox's own
    """Make a session of a function, with nox's ``options``; a UserError ends it with one sentence.

    Unless ``default`` is among them, it runs only when it is named.

    ``says`` is what `nox --list` shows of a session that is made from the table; the others have a
    docstring.
    """

    def register(work: Work) -> Work:
        @functools.wraps(work)
        def telling(session: nox.Session) -> None:
            try:
                work(session)
            except UserError as error:
                session.error(str(error).rstrip("."))  # nox ends it itself

        telling.__doc__ = says or work.__doc__
        nox.session(**{"default": False, **options})(telling)
        return telling

    return register


def sync(session: nox.Session, *groups: str) -> None:
    """Bring the session's environment to what uv.lock says of the dependencies and these groups."""
    location = session.virtualenv.location
    named = (f"--group={group}" for group in groups)
    session.run_install(
        *("uv", "sync", "--locked", "--inexact", "--quiet", f"--python={location}", *named),
        env={"UV_PROJECT_ENVIRONMENT": location},
    )


def build(session: nox.Session, wheel: Wheel, table: Table, *builders: Builder) -> list[Path]:
    """Call ``builders`` with the row, its interpreter and the maturin of uv.lock; return their files."""
    from matrix import interpreters  # noqa: PLC0415 - sessions that build nothing do without its search

    sync(session, "build")
    python = interpreters.executable(wheel.built_with, table)
    return [builder(wheel, python, f"{session.bin}/maturin") for builder in builders]


def environment(session: nox.Session) -> dict[str, str | None]:
    """Return what a session's Python processes must see, whatever the caller's environment says.

    Without PYTHONDONTWRITEBYTECODE, which some set for good: every process would compile all that
    it imports, half of the time of a run. The compiled files stay out of the tree. And without
    RUST_BACKTRACE, as the symbols of a panic's stack take a tenth of a second to find.
    """
    return {
        "PYTHONPATH": None,
        "PYTHONDONTWRITEBYTECODE": None,
        "PYTHONPYCACHEPREFIX": f"{session.virtualenv.location}/pycache",
        "RUST_BACKTRACE": None,
    }


def install(session: nox.Session, wheel: Path) -> None:
    """Put a wheel into the session's environment: this very file, whatever is there already."""
    options = ("--quiet", "--no-index", "--no-deps", "--reinstall")
    session.run_install("uv", "pip", "install", *options, str(wheel))
