"""What the GitHub workflows must contain: facts and drift. Pins and permissions are zizmor's (`nox -s lint`).

A check gets what was read from the files and returns the edits that are missing, each naming its
file.
"""

from __future__ import annotations

import json
import re
from typing import Any

from workshop.release.configurations import FILES

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

Workflow = dict[str, Any]

_VERSION = re.compile(r"(?<![\w.])3\.\d+t?(?!\w|\.\d)|\bcp3\d+t?\b")


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


def wheel_edits(workflow: Workflow) -> list[str]:
    """Return the edits that make wheels.yml build on every runner with both configurations."""
    matrix = workflow["jobs"]["wheels"]["strategy"]["matrix"]
    derived = {
        "runner": list(RUNNERS),
        "group": list(FILES),
        "include": [{"group": group, "config": config} for group, config in FILES.items()],
    }
    return [
        f"in wheels.yml, job wheels, write `{key}: {json.dumps(value)}`"
        for key, value in derived.items()
        if matrix.get(key) != value
    ]
