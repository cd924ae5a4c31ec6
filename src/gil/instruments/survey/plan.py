"""The file of ``--args``: what to call a module's functions with."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gil.instruments.survey.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Plan:
    """Which arguments which function gets, and which is not called.

    In TOML (JSON has the same keys)::

        setup = "data = bytes(10_000_000)"   # Python code that runs first in each process

        [call]                               # arguments: Python expressions, with the module's names at hand
        compress = ["data", "level=1"]
        "Path.exists" = ["Path()"]           # with a dot: probed beside what the module offers

        [skip]                               # not called, for this reason
        main = "starts the program"
    """

    setup: str | None = None
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)


def read(file: str) -> Plan:
    """Return the plan of a file; raises UsageError with the place of what is wrong."""
    try:
        text = Path(file).read_text(encoding="utf-8")
        written: Any = json.loads(text) if file.endswith(".json") else tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # of both formats, and of what is no UTF-8
        raise UsageError(f"{file} is neither TOML nor, if its name ends in .json, JSON: {error}.") from None
    if not isinstance(written, dict) or set(written) - {"setup", "call", "skip"}:
        raise UsageError(
            f"{file} may have 'setup', and tables 'call' and 'skip'; `gil probe --help` has an example."
        )
    setup, calls, skipped = written.get("setup"), written.get("call", {}), written.get("skip", {})
    if not (setup is None or isinstance(setup, str)):
        raise UsageError(f"In {file}, 'setup' must be text with Python code.")
    if not isinstance(calls, dict) or not all(_is_list_of_text(value) for value in calls.values()):
        raise UsageError(
            f"In {file}, each entry of 'call' must be a list of texts, each a Python expression."
        )
    if not isinstance(skipped, dict) or not all(isinstance(value, str) for value in skipped.values()):
        raise UsageError(f"In {file}, each entry of 'skip' must be text, the reason.")
    return Plan(setup, {name: tuple(values) for name, values in calls.items()}, skipped)


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
