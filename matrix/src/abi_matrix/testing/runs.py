"""The tests of a project on one interpreter, with one wheel installed, in every lane."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from abi_matrix.config.rows import SECTION
from abi_matrix.testing import identity, results
from abi_matrix.testing.lanes import lanes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abi_matrix.config.table import Table
    from abi_matrix.provisioning.environments import Environment
    from abi_matrix.testing.identity import Installed
    from abi_matrix.testing.lanes import Lane

_PLUGIN = Path(__file__).with_name("plugin")
GUARD = "abi_matrix_guard"
"""The plugin of pytest in that folder."""


def run(session: str, table: Table, installed: Installed, arguments: Sequence[str] = ()) -> None:
    """Test a wheel that is installed, in every lane of its interpreter.

    ``arguments`` follow the command as they are. What `report` reads is left in the results of ``session``.
    Raises UserError at the first lane that fails, is not what it promises, or tests nothing.
    """
    python, environment = installed.python, installed.environment
    left = results.fresh(table.root, session)
    (left / "wheel.txt").write_text(installed.wheel.name, encoding="utf-8")
    work = environment.folder / "tmp"  # never the project's folder: what is tested is the installed wheel
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for lane in lanes(python, table):
        report = left / f"{lane.name}.json"
        line = identity.require(installed, lane, report)
        say(f"{python}, {lane.name}: {line}")
        command = command_of(table, python, lane, left, arguments)
        env = {**environment.variables(lane.env), **_guard(lane)}
        if not _is_at_hand(command[0], environment):
            raise UserError(
                f"{command[0]} is not in the environment of {python}: name the dependency group that has it"
                f" as `groups` in [tool.{SECTION}.test]"
            )
        before = os.times()
        status = subprocess.run(command, cwd=work, env=env, check=False).returncode
        _add_time(report, before)
        if status:
            raise UserError(f"{python}, {lane.name}: `{command[0]}` failed with status {status}")
        if writes_xml(table) and not results.of_pytest(left / f"{lane.name}.xml").passed:
            raise UserError(f"{python}, {lane.name}: no test passed, so nothing was tested")


def command_of(table: Table, python: str, lane: Lane, left: Path, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command of a lane, which leaves its results in the folder ``left``."""
    values = {"root": table.root, "results": left / lane.name, "python": python, "gil": lane.gil}
    words = [word.format(**values) for word in shlex.split(table.tests.command)]
    folders = [str(table.root / folder) for folder in table.tests.folders]
    return [*words, *lane.arguments, *arguments, *folders]


def writes_xml(table: Table) -> bool:
    """Whether the command of the tests leaves results of pytest behind, and not only a status."""
    return "{results}.xml" in table.tests.command


def _add_time(report: Path, before: os.times_result) -> None:
    """Add to the facts of a lane how many seconds it took, and of the processors (none told on Windows)."""
    now = os.times()
    processor = sum(now[2:4]) - sum(before[2:4])  # of the processes that it has waited for
    facts = json.loads(report.read_text(encoding="utf-8"))
    took = {"wall": now.elapsed - before.elapsed, "processor": processor}
    report.write_text(json.dumps({**facts, "took": took}), encoding="utf-8")


def _is_at_hand(command: str, environment: Environment) -> bool:
    """Whether a command can be run; a pytest of another environment would test something else."""
    elsewhere = None if command in {"pytest", "py.test"} else os.environ.get("PATH")
    return any(shutil.which(command, path=path) for path in (str(environment.scripts), elsewhere) if path)


def _guard(lane: Lane) -> dict[str, str]:
    plugins = ",".join(filter(None, [os.environ.get("PYTEST_PLUGINS"), GUARD]))
    interval = {"ABI_MATRIX_SWITCH_INTERVAL": str(lane.switch_interval)} if lane.switch_interval else {}
    return {"PYTEST_PLUGINS": plugins, "PYTHONPATH": str(_PLUGIN), **interval}
