#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "nox[uv]>=2026.10.20",
#     "filelock>=3.20",
#     "packaging>=26",
#     "platformdirs>=4.5",
#     "python-discovery>=1.9",
#     "rich>=13",
# ]
# ///
"""Every command that a person runs. What deserves a test is in matrix/."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from matrix import compare, interpreters, report, table, wheels  # noqa: E402
from matrix.lanes import lanes  # noqa: E402
from matrix.sessions import documented, environment, install, sync, told  # noqa: E402

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"  # the provision sessions do it, with a way out where uv cannot
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"
nox.options.parallel = 4 * (os.cpu_count() or 1)  # the tests mostly sleep

ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
TABLE = table.load()
os.environ["PATH"] = interpreters.search_path()


def build(session: nox.Session, wheel: table.Wheel) -> Path:
    """Build one wheel of the table with maturin from uv.lock."""
    sync(session, "build")
    python = interpreters.provide(wheel.built_with, TABLE)
    return wheels.build(wheel, python.system_executable or "", f"{session.bin}/maturin")


def add_provision(python: str) -> None:
    """Add the session that provides one interpreter."""

    @nox.session(
        name=f"provision-{python}", venv_backend="none", default=False, allow_parallel=True
    )  # fmt: skip
    @told
    @documented(f"Find, download or build {python}.")
    def provision(session: nox.Session) -> None:
        session.log(f"{python} is {interpreters.provide(python, TABLE).system_executable}")


@nox.session(venv_backend="none", default=False)
@told
def provision(session: nox.Session) -> None:
    """Find, download or build every interpreter of the table."""
    for python in TABLE.interpreters:
        session.log(f"{python} is {interpreters.provide(python, TABLE).system_executable}")


def add_wheel(wheel: table.Wheel) -> None:
    """Add the session that builds one wheel."""

    @nox.session(
        name=wheel.session, requires=[f"provision-{wheel.built_with}"],
        default=False, allow_parallel=True, tags=["wheel"],
    )  # fmt: skip
    @told
    @documented(f"Build {wheel.tag} with {wheel.built_with}, for {', '.join(wheel.serves)}.")
    def build_wheel(session: nox.Session) -> None:
        build(session, wheel)


def add_test(python: str) -> None:
    """Add the session that tests one interpreter."""
    wheel = TABLE.wheel_for(python)

    @nox.session(
        name=f"test-{python}", python=python, requires=[f"provision-{python}", wheel.session],
        allow_parallel=True, tags=["test"],
    )  # fmt: skip
    @told
    @documented(f"Test {python} with {wheel.tag} installed, in {len(lanes(python))} lanes.")
    def test(session: nox.Session) -> None:
        results = report.fresh(session.name)
        file = wheels.built(wheel)
        sync(session, "test")
        install(session, file)
        (results / "wheel.txt").write_text(file.name, encoding="utf-8")
        session.chdir(session.create_tmp())  # never the tree: what is tested is the installed wheel
        for lane in lanes(python):
            session.log(f"{python}, {lane.name}")
            env = {**environment(session), **lane.env}
            identity = (str(ROOT / "matrix" / "identity.py"), python, wheel.tag, lane.gil)
            session.run("python", *identity, str(results / f"{lane.name}.json"), env=env)
            session.run(
                "pytest", f"--config-file={ROOT}/pyproject.toml", f"--rootdir={ROOT}", "--quiet",
                f"--expect-gil={lane.gil}", f"--junit-xml={results}/{lane.name}.xml", *lane.arguments,
                *session.posargs, f"{ROOT}/tests/gil", f"{ROOT}/tests/threading", env=env,
            )  # fmt: skip


for _python in TABLE.interpreters:
    add_provision(_python)
for _wheel in TABLE.wheels:
    add_wheel(_wheel)
for _python in TABLE.interpreters:
    add_test(_python)


@nox.session(venv_backend="none", allow_parallel=True, tags=["test"])
def rust(session: nox.Session) -> None:
    """Test the timeline core, which knows no Python."""
    results = report.fresh("rust")
    output = session.run("cargo", "test", "--locked", "--package=gil-timeline", external=True, silent=True)
    session.log(f"cargo test: {report.of_cargo(str(output))}")
    (results / "cargo.txt").write_text(str(output), encoding="utf-8")


@nox.session(allow_parallel=True, tags=["test"])
def workshop(session: nox.Session) -> None:
    """Test matrix/, and that everything derived from the table agrees with it."""
    results = report.fresh("workshop")
    sync(session, "test", "workflows", "workshop")
    session.run(
        "pytest",
        f"--junit-xml={results}/workshop.xml",
        "tests/matrix",
        env={**environment(session), "PYTHONPATH": str(ROOT)},
    )


@nox.session(
    name="report", venv_backend="none",
    requires=["rust", "workshop", *(f"test-{python}" for python in TABLE.interpreters)],
)  # fmt: skip
@told
def report_(session: nox.Session) -> None:  # noqa: ARG001 - nox passes it
    """Print what was tested: interpreter, identity, wheel, tests passed."""
    report.show(TABLE)


@nox.session(default=False)
@told
def demo(session: nox.Session) -> None:
    """Show the two-thread demo on a standard and two free-threaded interpreters (or those named)."""
    runs = []
    for python in compare.chosen(session.posargs, TABLE):
        interpreter = interpreters.provide(python, TABLE).system_executable or ""
        wheel = build(session, TABLE.wheel_for(python))
        runs.append(Path(session.create_tmp()) / f"{python}.json")
        session.log(f"{python}: python -m gil demo")
        session.run(
            "uv", "run", "--quiet", "--no-project", f"--python={interpreter}", f"--with={wheel}",
            "python", "-m", "gil", "demo", f"--json={runs[-1]}",
            env={**environment(session), "PYTHON_GIL": None},
        )  # fmt: skip
    compare.show(runs)


@nox.session(
    python=TABLE.wheels[0].built_with, requires=[TABLE.wheels[0].session], default=False, tags=["check"]
)  # fmt: skip
@told
def lint(session: nox.Session) -> None:
    """Check style, types, stubs and lints of both languages."""
    sync(session, "lint")
    install(session, wheels.built(TABLE.wheels[0]))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("stubtest", "gil._gil")
    session.run("cargo", "fmt", "--all", "--check", external=True)
    session.run(
        "cargo", "clippy", "--locked", "--workspace", "--all-targets", "--quiet", "--", "--deny=warnings",
        external=True,
        env={"PYO3_PYTHON": f"{session.bin}/python", "PYO3_BUILD_EXTENSION_MODULE": "1"},
    )  # fmt: skip
    workflows = sorted(map(str, (ROOT / ".github" / "workflows").glob("*.yml")))
    session.run("zizmor", "--quiet", "--pedantic", "--offline", ".github")
    session.run("check-jsonschema", "--builtin-schema=vendor.github-workflows", *workflows)
    session.run("check-jsonschema", "--builtin-schema=vendor.dependabot", ".github/dependabot.yml")
    if shutil.which("go"):
        # zizmor demands GitHub's `$/` for a workflow of this repository; actionlint#711: not known yet.
        known = r'reusable workflow call "\$/\.github/workflows/'
        session.run("go", "run", ACTIONLINT, "-ignore", known, external=True)
    else:
        session.log("There is no Go, so actionlint does not run.")


if __name__ == "__main__":
    nox.main()
