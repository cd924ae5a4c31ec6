"""What `nox -s lint` runs, a function a language."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from workshop.repository import IMPORTS, TOOL

if TYPE_CHECKING:
    import nox

_ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
_PROJECT = '[project]\nname = "demo"\n[build-system]\nbuild-backend = "maturin"\n'
_CRATE = '[package]\nname = "demo"\n[dependencies]\npyo3 = "0.30"\n'


def python(session: nox.Session) -> None:
    """Check style, types and the direction of imports, and the stub against the built module."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": IMPORTS})
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
    _workflows(session)
    session.run("check-jsonschema", "--builtin-schema=vendor.dependabot", ".github/dependabot.yml")


def proposed(session: nox.Session) -> None:
    """Check the workflows that `abi-matrix init` writes as strictly."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
        (Path(folder) / "Cargo.toml").write_text(_CRATE, encoding="utf-8")
        session.run("python", "-m", "abi_matrix", "init", folder, env={"PYTHONPATH": TOOL}, silent=True)
        with session.chdir(folder):
            _workflows(session)


def _workflows(session: nox.Session) -> None:
    """Check the workflows of the current folder."""
    files = sorted(map(str, Path(".github", "workflows").glob("*.yml")))
    # With GH_TOKEN it compares the actions' pins with their tags; without, it says that it does not.
    session.run("zizmor", "--quiet", "--pedantic", ".github")
    session.run("check-jsonschema", "--builtin-schema=vendor.github-workflows", *files)
    if shutil.which("go"):
        # zizmor demands GitHub's `$/` for a workflow of this repository; actionlint#711: not known yet.
        known = r'reusable workflow call "\$/\.github/workflows/'
        session.run("go", "run", _ACTIONLINT, "-ignore", known, *files, external=True)
    else:
        session.log("There is no Go, so actionlint does not run.")
