"""The trials as tables that a document can have, and as JSON."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING

from abi_matrix.base import cache
from abi_matrix.base.progress import say
from workshop.projects.outcomes import WARM_TARGET
from workshop.tables import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workshop.projects.outcomes import Trial

_WORKFLOWS = ".github/"


def tables(trials: Sequence[Trial]) -> None:
    """Print what was written and tested, then the times, then what was found."""
    show(
        ("project", "lines written", "in workflows", "by hand", "wheels", "interpreters", "tests passed"),
        [
            [
                f"{trial.project} {trial.version}",
                str(sum(count for name, count in trial.lines.items() if not name.startswith(_WORKFLOWS))),
                str(sum(count for name, count in trial.lines.items() if name.startswith(_WORKFLOWS))),
                str(len(trial.by_hand)),
                str(len(trial.wheels)),
                f"{len(trial.served)} of {len(trial.outcomes)}",
                f"{trial.passed:,}",
            ]
            for trial in trials
        ],
    )
    show(
        ("project", "of", "usual, cold", "ours, cold", "ratio", "usual, warm", "ours, warm", "ratio"),
        [row for trial in trials for row in _times(trial)],
    )
    say("Seconds of processor time, in brackets those that passed; a ratio is one of processor time.\n")
    for trial in trials:
        for line in found(trial):
            say(f"- {line}")


def found(trial: Trial) -> Iterator[str]:
    """Yield a sentence for whatever did not go well, and for what a person had to add."""
    as_usual = trial.usual.warm.failed | {python: why for python, why in trial.without_row.items() if why}
    reasons = defaultdict(list)
    for python, outcome in trial.outcomes.items():
        if outcome.reason:
            reasons[outcome.reason, as_usual.get(python, "")].append(python)
    for (reason, usual), pythons in reasons.items():
        also = f"The usual way fails, too: {usual}" if usual else "The usual way does not fail"
        yield f"{trial.project}, {', '.join(pythons)}: {reason.rstrip('.')}. {also.rstrip('.')}."
    for python, reason in as_usual.items():
        if python in trial.served:
            yield f"{trial.project}, {python}: only the usual way fails: {reason.rstrip('.')}."
    if trial.by_hand:
        yield f"{trial.project}: its tests need {', '.join(trial.by_hand)}, which nothing in the sdist says."


def write(file: Path, trials: Sequence[Trial], load: Sequence[float]) -> None:
    """Write everything as JSON; ``load`` is how busy the machine was before."""
    machine = {"processors": os.cpu_count(), "load before": load, "load after": os.getloadavg()}
    ratios = ("cold", "cold_target", "warm", "served", "passed")
    said = [asdict(trial) | {name: getattr(trial, name) for name in ratios} for trial in trials]
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"machine": machine, "projects": said}, indent=1), encoding="utf-8")
    cache.replace(part, file)


def _times(trial: Trial) -> Iterator[list[str]]:
    ours, usual = trial.ours, trial.usual
    costs = [str(run.cost) for run in (usual.cold, ours.cold, usual.warm, ours.warm)]
    costs[2:2] = [_verdict(trial.cold, trial.cold_target)]
    yield [trial.project, "all", *costs, _verdict(trial.warm, WARM_TARGET)]
    costs = [f"{run.building:.1f}" for run in (usual.cold, ours.cold, usual.warm, ours.warm)]
    costs[2:2] = [f"{ours.cold.building / usual.cold.building:.2f}"]
    yield ["", "all but pytest", *costs, f"{ours.warm.building / usual.warm.building:.2f}"]


def _verdict(ratio: float, target: float) -> str:
    return f"{ratio:.2f}, at most {target:g}{' missed' * (ratio > target)}"
