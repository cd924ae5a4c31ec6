"""Commands as a person would give them, in an environment of no session, with the time that they take."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from abi_matrix.base import cache, commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import step

if TYPE_CHECKING:
    from pathlib import Path

# What steers a build, an installer, a test run or Python, and would make the two ways different from what
# a person sees who has just opened a terminal.
_STEERING = (
    "CARGO", "CC", "CFLAGS", "COVERAGE", "CXX", "DIST_", "FORCE_COLOR", "LDFLAGS", "MATURIN", "NOX", "PIP",
    "PYO3", "PYTEST", "PYTHON", "RUST", "SETUPTOOLS", "UV", "VIRTUAL_ENV",
)  # fmt: skip
# Where tools and their caches are, and how the network is reached.
_KEPT = {
    "CARGO_HOME", "PIP_CACHE_DIR", "PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL",
    "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_HTTP_TIMEOUT", "UV_INDEX_URL",
    "UV_NATIVE_TLS", "UV_PYTHON_INSTALL_DIR", "UV_SYSTEM_CERTS",
}  # fmt: skip

_ERROR = re.compile(r"(?m)^ *(?:error(?:\[\w+\])?:|E  +|ERROR:? |FAILED ).*$")
_BUILD_SCRIPT = re.compile(r"--- stderr\s+(?:error: )?(\S.*)")


@dataclass(frozen=True)
class Cost:
    """What a command took, in seconds."""

    wall: float = 0
    processor: float = 0
    """The time on processors of the command and of all that it started and waited for."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.processor + other.processor)

    def __str__(self) -> str:
        return f"{self.processor:.1f} ({self.wall:.0f})"


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    status: int
    cost: Cost
    printed: str

    @property
    def reason(self) -> str:
        """The first error that it told, else its status."""
        return first_error(self.printed) or f"status {self.status}"


def first_error(printed: str) -> str:
    """Return the first error that a build script, a compiler, an installer or pytest tells; else nothing."""
    if found := _BUILD_SCRIPT.search(printed):
        return found[1].strip()
    found = _ERROR.search(printed)
    return " ".join(found[0].split()) if found else ""


def environment(tools: Path | None = None) -> dict[str, str]:
    """Return our environment without what steers tools, and with the folder ``tools`` first on PATH."""
    plain = {
        name: value for name, value in os.environ.items() if name in _KEPT or not name.startswith(_STEERING)
    }
    path = [*([str(tools)] if tools else []), os.environ.get("PATH", os.defpath)]
    return {**plain, "PATH": os.pathsep.join(path), "NO_COLOR": "1"}


def require_processor_time() -> None:
    """Raise UserError where the system does not tell the processor time of ended processes."""
    if sys.platform == "win32":
        raise UserError("Processor time of other programs is not to be had on Windows: run it elsewhere.")


def timed(what: str, *command: str | Path, cwd: Path, tools: Path) -> Ended:
    """Run a command to its end in the folder ``cwd``, with the folder ``tools`` first on PATH.

    ``what`` is shown while it runs, and names the file among the logs in the cache that gets what it prints.
    """
    log = cache.folder("logs") / f"projects, {what}.log"
    start, before = time.monotonic(), _processor()
    with step(what):
        status = commands.logged(log, *commands.mortal(*map(str, command)), cwd=cwd, env=environment(tools))
    cost = Cost(time.monotonic() - start, _processor() - before)
    return Ended(status, cost, commands.decoded(log.read_bytes()))


def _processor() -> float:
    now = os.times()
    return now.children_user + now.children_system
