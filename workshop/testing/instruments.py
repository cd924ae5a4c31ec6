"""How well gil.Sampler and its peers see when a call is attached: ``nox -s bench-instruments``."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uv import find_uv_bin

from abi_matrix.base import commands
from abi_matrix.base.errors import UserError
from abi_matrix.provisioning import environments, interpreters
from workshop import arguments, extension
from workshop.repository import ROOT
from workshop.tables import show
from workshop.testing import hazards

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    import nox

    from abi_matrix.config.table import Table
    from abi_matrix.provisioning.environments import Environment

    Shares = Mapping[str, Sequence[float]]

SCRIPT = ROOT / "bench" / "instruments.py"
STRESS = ROOT / "bench" / "stress_instruments.py"
"""What probes while threads start and end."""
ASSERTIONS = ROOT / "bench" / "assertions.py"
"""What asks the assertions of gil.testing beside busy loops, and fails if one verdict is wrong."""
LOADS = (
    "sleep", "spin", "detached", "10 ms", "1 ms", "0.1 ms", "1 ms, sleep", "releases", "locks", "nested",
)  # fmt: skip
"""What bench/instruments.py calls the loads, in its order."""
CALLS = ("pure Python", "sha256")
"""What it calls the calls that it times with and without a sampler."""
JUDGED = ("10 ms", "100 us")
"""What it calls the calls that it judges."""
ALLOWED = 0.03
"""By how much the share may be off."""
_PEERS = {"gilknocker": ("gilknocker",), "py-spy": ("py-spy",), "ptime": ("ptime", "ipython")}
"""By name, what has to be installed for it."""
_RATE = 200  # py-spy's looks a second
_USAGE = (
    "say `nox -s bench-instruments -- [INTERPRETER]... [--seconds NUMBER] [--no-peers] [--stress MINUTES]"
    " [--assertions RUNS]`."
)


def run(session: nox.Session, table: Table) -> None:
    """Measure on all interpreters of the table or those named, and print the tables."""
    options = _parse(session.posargs)
    pythons = arguments.interpreters(options.interpreters, table) or table.interpreters
    made = {python: provide(python, table) for python in pythons}
    scripts = []
    if options.stress:
        scripts.append((STRESS, str(60 * options.stress)))
    if options.assertions:
        scripts.append((ASSERTIONS, f"--runs={options.assertions}"))
    for script, argument in scripts:
        for python, environment in made.items():
            session.log(f"{python}: {printed(environment, script, argument).strip()}")
    if scripts:
        return
    rows: list[list[str]] = []
    costs: list[list[str]] = []
    peers: list[list[str]] = []
    for python, environment in made.items():
        session.log(f"{python}: alone, beside a compiler, what it costs")
        rows.append(row(python, "nothing", asked(environment, "shares", options.seconds)))
        with compiler():
            rows.append(row(python, "a compiler", asked(environment, "shares", options.seconds)))
        cost = asked(environment, "cost", options.seconds)
        slowdown = asked(environment, "slowdown", options.seconds)
        judged = verdicts(asked(environment, "judged", options.seconds))
        costs.append([python, cost["method"], f"{100 * cost['core']:.1f} %", *slower(slowdown), *judged])
        if options.peers:
            peers += measure_peers(session, python, environment, min(1, options.seconds))
    show(("interpreter", "beside", *LOADS, "at most"), rows)
    timed = (*(f"{call} slower by" for call in CALLS), *(f"{call} judged in" for call in JUDGED))
    show(("interpreter", "method", "of a core", *timed), costs)
    if peers:
        show(("peer", "interpreter", *LOADS, "at most"), peers)


def provide(python: str, table: Table) -> Environment:
    """Return an environment with the extension and the loads, built if they have to be."""
    wheel = table.row_for(python)
    made = environments.environment(
        ROOT, f"bench-instruments-{python}", interpreters.executable(python, table)
    )
    made.sync()  # the assertions draw what they saw
    made.install(extension.build(wheel), hazards.build(wheel, extension.environment(wheel)))
    return made


def printed(environment: Environment, script: Path, *words: str, or_say: str = "") -> str:
    """Return what a script of bench/ prints in ``environment``; raises UserError if it fails."""
    return commands.succeed(
        environment.python, "-I", script, *words, env=environment.variables(), or_say=or_say
    )


def asked(environment: Environment, measure: str, seconds: float, or_say: str = "") -> Any:  # noqa: ANN401 - it is JSON
    """Run bench/instruments.py in ``environment``, and return what it measured."""
    return json.loads(printed(environment, SCRIPT, measure, str(seconds), or_say=or_say))


@contextlib.contextmanager
def compiler() -> Iterator[None]:
    """Have rustc compile the same crate again and again meanwhile, on as many cores as it likes."""
    done = threading.Event()
    source = ROOT / "crates" / "timeline" / "src" / "lib.rs"
    with tempfile.TemporaryDirectory() as folder:
        options = ("--edition=2024", "--crate-type=lib", "-Copt-level=3", "--cap-lints=allow")

        def compile_again() -> None:
            while not done.is_set():
                subprocess.run(
                    ["rustc", *options, f"--out-dir={folder}", source], check=True, capture_output=True
                )

        thread = threading.Thread(target=compile_again)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def measure_peers(
    session: nox.Session, python: str, environment: Environment, seconds: float
) -> Iterator[list[str]]:
    """Yield a row for each peer: how far off it is, or why it does not run."""
    for peer, requirements in _PEERS.items():
        session.log(f"{python}: {peer}")
        try:
            install(environment, *requirements)
            found = (
                py_spy(environment, seconds)
                if peer == "py-spy"
                else asked(environment, peer, seconds, "it fails or crashes")
            )
        except UserError as error:
            session.log(f"{python}: {peer} does not run: {error}")
            yield [peer, python, "does not run"]
        else:
            yield row(peer, python, found)


def install(environment: Environment, *requirements: str) -> None:
    """Install a peer if there is a wheel for it; raises UserError if there is none."""
    pip = (find_uv_bin(), "pip", "install", "--quiet", f"--python={environment.python}")
    pure = (f"--no-binary={requirements[0]}",) if requirements[0] == "ptime" else ()  # it has no wheel at all
    commands.succeed(
        *pip, *(pure or ("--only-binary=:all:",)), *requirements,
        or_say=f"there is no wheel of {requirements[0]} for this interpreter",
    )  # fmt: skip


def py_spy(environment: Environment, seconds: float) -> dict[str, list[float]]:
    """Return what ``py-spy record --gil`` sees of a process with each load; raises UserError if it fails."""
    return {load: _spied(environment, load, seconds) for load in LOADS}


def _spied(environment: Environment, load: str, seconds: float) -> list[float]:
    duration = max(1, round(seconds))  # it takes whole seconds
    command = [environment.python, "-I", SCRIPT, "load", str(duration + 2), load]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*map(str, command)], stdout=subprocess.PIPE, text=True, env=environment.variables()
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - for the type checker
        process.stdout.readline()  # it begins
        file = Path(folder) / "raw"
        try:
            commands.succeed(
                environment.scripts / "py-spy", "record", "--gil", "--format=raw", f"--rate={_RATE}",
                f"--duration={duration}", f"--output={file}", f"--pid={process.pid}",
                or_say="py-spy cannot read this interpreter",
            )  # fmt: skip
        finally:
            truth = process.communicate()[0]
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    seen = sum(int(line.rpartition(" ")[2]) for line in lines)
    return [float(truth), seen / (_RATE * duration)]


def row(first: str, second: str, found: Shares) -> list[str]:
    """Return a row of the table: by how much the share was off at each load, and the most of all."""
    off = {load: seen - truth for load, (truth, seen) in found.items()}
    most = max(map(abs, off.values()))
    verdict = f"{most:.3f}" if most <= ALLOWED else f"{most:.3f} missed"
    return [first, second, *(f"{value:+.3f}" for value in off.values()), verdict]


def slower(found: Mapping[str, float]) -> list[str]:
    """Say of each call how much slower it was with a sampler."""
    return [f"{100 * (found[call] - 1):+.1f} %" for call in CALLS]


def verdicts(found: Mapping[str, Sequence[float]]) -> list[str]:
    """Say of each length of a call how long a probe takes, and how often of how many times it is right."""
    return [
        f"{took:.2f} s, {right:.0f} of {times:.0f}" for took, right, times in map(found.__getitem__, JUDGED)
    ]


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = arguments.parser()
    parser.add_argument("interpreters", nargs="*")
    # After 4,000 looks chance leaves a standard error of 0.008, a fourth of what is allowed.
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument("--stress", type=float, metavar="MINUTES")
    parser.add_argument("--assertions", type=int, metavar="RUNS")
    return arguments.read(parser, words, _USAGE)
