"""What `nox -s lint` runs, a function a language."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from workshop.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import nox

_ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "ZIZMOR_GITHUB_TOKEN")  # zizmor's names; it refuses an empty one


def python(session: nox.Session) -> None:
    """Check style, types and the direction of imports, and the stub against the built module."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run(
        "lint-imports",
        "--no-cache",
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "matrix" / "src")])},
    )
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
    options, env = zizmor(os.environ)
    if "--offline" in options:
        session.log("There is no GH_TOKEN, so zizmor does not compare the actions' pins with their tags.")
    session.run("zizmor", *options, ".github", env=env)
    session.run("check-jsonschema", "--builtin-schema=vendor.github-workflows", *files)
    session.run("check-jsonschema", "--builtin-schema=vendor.dependabot", ".github/dependabot.yml")
    if shutil.which("go"):
        # zizmor demands GitHub's `$/` for a workflow of this repository; actionlint#711: not known yet.
        known = r'reusable workflow call "\$/\.github/workflows/'
        session.run("go", "run", _ACTIONLINT, "-ignore", known, external=True)
    else:
        session.log("There is no Go, so actionlint does not run.")


def zizmor(environ: Mapping[str, str]) -> tuple[list[str], dict[str, str | None]]:
    """Return zizmor's options, and changes to its environment: with a token it asks GitHub, else nobody.

    What it asks is whether a pinned commit is the one of its version, and whether that has known holes.
    A token decides, not a look at the network: with a token and without a network zizmor fails, where a
    check that is left out in silence would look like one that has passed. ZIZMOR_OFFLINE=1 leaves it out.
    """
    empty: dict[str, str | None] = {name: None for name in _TOKENS if environ.get(name) == ""}
    online = any(environ.get(name) for name in _TOKENS)
    return ["--quiet", "--pedantic", *([] if online else ["--offline"])], empty
