"""What let go of the GIL once, and whether it still does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gil.instruments.probe.result import Kind, Probe
from gil.instruments.probe.words import percent
from gil.instruments.survey.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gil.instruments.survey.sweep import Sweep

# Who let go for less than this part of the time is of no use to other threads, and of none as a baseline.
LETS_GO = 0.1
# Who lets go for less than this part of what it did no longer does so.
_KEPT = 0.5
_TOO_CLOSE = "that is too close to tell, and --seconds gives it more time"


@dataclass(frozen=True)
class Comparison:
    """A sweep beside its baseline: sentences about what got worse, and about what cannot be told."""

    lost: tuple[str, ...]
    unknown: tuple[str, ...]


def read(file: str, module: str) -> dict[str, Probe]:
    """Return the probes in a file that ``--json`` wrote; raises UsageError if it is nothing of the kind."""
    try:
        written = json.loads(Path(file).read_text(encoding="utf-8"))
        functions = written["functions"]
        probes = {name: Probe.from_json(one) for name, one in functions.items() if "reason" not in one}
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{file} is not what --json writes; `gil probe {module} --all --json FILE` writes it."
        ) from None
    if written.get("module") != module:
        raise UsageError(f"{file} is about the module {written.get('module')}, not {module}.")
    return probes


def compare(now: Sweep, before: Mapping[str, Probe]) -> Comparison:
    """Return what no longer lets go: for less than half of the time that it did, interval and all.

    If the interval has values on both sides of that half, or if nothing is known, it cannot be told.
    """
    found = {one.name: one for one in now.found}
    lost, unknown = [], []
    for name, old in before.items():
        if old.verdict == Kind.UNKNOWN or old.released_share < LETS_GO:
            continue
        did = f"{now.module}:{name} let go for {percent(old.released_share)} of its time"
        one = found.get(name)
        if one is None:
            unknown.append(f"{did}, and is there no more.")
        elif one.probe is None:
            unknown.append(f"{did}, and was not measured now: {one.reason}.")
        elif one.probe.verdict == Kind.UNKNOWN:
            unknown.append(f"{did}, and could not be measured now; --seconds gives it more time.")
        else:
            least = _KEPT * old.released_share
            low, high = one.probe.released_confidence
            if high < least:
                lost.append(f"{did}, and now does for {percent(one.probe.released_share)}.")
            elif low < least:
                unknown.append(f"{did}, and now does for {percent(low)} to {percent(high)}; {_TOO_CLOSE}.")
    return Comparison(tuple(lost), tuple(unknown))


def advice(module: str, file: str, plan_file: str | None) -> str:
    """Return how to accept what is so now."""
    args = f" --args {plan_file}" if plan_file else ""
    return f"If that is meant to be, renew the baseline: `gil probe {module} --all{args} --json {file}`."
