"""What `nox -s lint` runs, a function a language."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from matrix.table import ROOT

if TYPE_CHECKING:
    import nox

_ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"


def python(session: nox.Session) -> None:
    """Check style and types, and the stub against the built module."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("stubtest", "gil._gil")


def rust(session: nox.Session) -> None:
    """Check style and lints of all crates."""
    session.run("cargo", "fmt", "--all", "--check", external=True)
    session.run(
        "cargo", "clippy", "--locked", "--workspace", "--all-targets", "--quiet", "--", "--deny=warnings",
        external=True,
        env={"PYO3_PYTHON": f"{session.bin}/python", "PYO3_BUILD_EXTENSION_MODULE": "1"},
    )  # fmt: skip


def workflows(session: nox.Session) -> None:
    """Check the workflows' safety, their schema and, where there is Go, their expressions."""
    files = sorted(map(str, (ROOT / ".github" / "workflows").glob("*.yml")))
    session.run("zizmor", "--quiet", "--pedantic", "--offline", ".github")
    session.run("check-jsonschema", "--builtin-schema=vendor.github-workflows", *files)
    session.run("check-jsonschema", "--builtin-schema=vendor.dependabot", ".github/dependabot.yml")
    if shutil.which("go"):
        # zizmor demands GitHub's `$/` for a workflow of this repository; actionlint#711: not known yet.
        known = r'reusable workflow call "\$/\.github/workflows/'
        session.run("go", "run", _ACTIONLINT, "-ignore", known, external=True)
    else:
        session.log("There is no Go, so actionlint does not run.")
