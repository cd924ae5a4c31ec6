"""What the GitHub workflows must contain: facts and drift.

A check gets what was read from the files and returns the edits that are missing, each naming its
file.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from workshop.release.configurations import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNERS = {
    "ubuntu-latest": ("manylinux_x86_64", "musllinux_x86_64"),
    "ubuntu-24.04-arm": ("manylinux_aarch64", "musllinux_aarch64"),
    "macos-15": ("macosx_arm64",),
    "macos-15-intel": ("macosx_x86_64",),
    "windows-latest": ("win_amd64",),
    "windows-11-arm": ("win_arm64",),
}
"""GitHub's machines, and the platforms, in cibuildwheel's words, whose wheels each of them builds."""

LAST_JOBS = {"ci.yml": "all-green", "wheels.yml": "complete", "publish.yml": "publish"}
"""In each workflow the job that must wait for all others."""

MAY = {"contents": "read"}
MAY_PUBLISH = {"contents": "read", "id-token": "write"}
"""The most that the token of a job may be allowed, of any and of the one that publishes."""

Workflow = dict[str, Any]

_PIN = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
_USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<what>\S+(?:\s+#.*)?)$")
_VERSION = re.compile(r"(?<![\w.])3\.\d+t?(?!\w|\.\d)|\bcp3\d+t?\b")


def pin_edits(texts: dict[str, str]) -> list[str]:
    """Return the edits that pin every action by commit and version, and each everywhere alike."""
    edits = []
    pins: dict[str, Counter[str]] = defaultdict(Counter)
    uses = list(_uses(texts))
    for place, what in uses:
        if _PIN.fullmatch(what):
            pins[what.partition("@")[0]][what] += 1
        elif not what.startswith("$/"):  # of this repository, at this very commit
            action = what.partition("@")[0]
            edits.append(f"in {place} write `uses: {action}@<40 digits of the commit> # vX.Y.Z`, not {what}")
    for place, what in uses:
        usual = pins[what.partition("@")[0]].most_common(1)
        if usual and what != usual[0][0]:
            edits.append(f"in {place} write `uses: {usual[0][0]}`, as elsewhere, not {what}")
    return edits


def version_edits(texts: dict[str, str]) -> list[str]:
    """Return the edits that take versions of Python out of the workflows."""
    return [
        f"in {name}, line {number}, remove {found[0]}: Python's versions stand in pyproject.toml's table"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        for found in _VERSION.finditer(line)
    ]


def last_job_edits(name: str, workflow: Workflow) -> list[str]:
    """Return the edits that make the last job of a workflow wait for all others, and none be skipped."""
    last = LAST_JOBS[name]
    others = [job for job in workflow["jobs"] if job != last]
    edits = [
        f"in {name}, job {job}, remove `if`: a skipped job would count as a success"
        for job in others
        if "if" in workflow["jobs"][job]
    ]
    if workflow["jobs"].get(last, {}).get("needs") != others:
        edits.append(f"in {name}, job {last}, write `needs: [{', '.join(others)}]`")
    return edits


def permission_edits(name: str, workflow: Workflow) -> list[str]:
    """Return the edits that leave every token only what it needs, and no token on the disk."""
    edits = []
    if workflow.get("permissions") != {}:
        edits.append(f"in {name} write `permissions: {{}}` above the jobs")
    for job, body in workflow["jobs"].items():
        most = MAY_PUBLISH if (name, job) == ("publish.yml", "publish") else MAY
        for scope, access in body.get("permissions", {}).items():
            if most.get(scope) != access:
                edits.append(f"in {name}, job {job}, remove the permission `{scope}: {access}`")
        for step in body.get("steps", []):
            checkout = step.get("uses", "").startswith("actions/checkout@")
            if checkout and step.get("with", {}).get("persist-credentials") is not False:
                edits.append(f"in {name}, job {job}, give the checkout `persist-credentials: false`")
    return edits


def wheel_edits(workflow: Workflow) -> list[str]:
    """Return the edits that make wheels.yml build on every runner with both configurations."""
    matrix = workflow["jobs"]["wheels"]["strategy"]["matrix"]
    derived = {
        "runner": list(RUNNERS),
        "group": list(FILES),
        "include": [{"group": group, "config": config} for group, config in FILES.items()],
    }
    edits = [
        f"in wheels.yml, job wheels, write `{key}: {json.dumps(value)}`"
        for key, value in derived.items()
        if matrix.get(key) != value
    ]
    names = Counter(
        step["with"]["name"]
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/upload-artifact@")
    )
    edits += [f"in wheels.yml rename one of the artifacts {name}" for name in names if names[name] > 1]
    wanted = "files-${{ matrix.runner }}-${{ matrix.group }}"
    if wanted not in names:
        edits.append(f"in wheels.yml, job wheels, write `name: {wanted}` for the artifact")
    return edits


def _uses(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if found := _USES.match(line):
                yield f"{name}, line {number},", found["what"]
