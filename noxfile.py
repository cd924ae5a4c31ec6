#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "nox[uv]>=2026.10.20",
#     "click>=8.1",
#     "filelock>=3.20",
#     "packaging>=26.3",
#     "pip>=26.3",
#     "platformdirs>=4.5",
#     "python-discovery>=1.9",
#     "rich>=13",
# ]
# ///
"""Every command that a person runs: abi-matrix's sessions from the table, and this repository's own."""

import sys
from pathlib import Path

import nox

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "matrix" / "src")]
from abi_matrix import nox as abi_matrix
from abi_matrix.nox import command
from workshop import sessions as ours

nox.needs_version = ">=2026.10.20"

# provision, wheel-TAG, test-PYTHON, check and report
TABLE = abi_matrix.sessions(__file__, companion=ours.Hazards(), verify=ours.verify, also=ours.COUNTED)
OLDEST = TABLE.rows[0]
STABLE = [row.session for row in TABLE.rows if "abi3" in row.tag]
WHEELS = [row.session for row in TABLE.rows]

# Tests, which `nox` runs beside those of the interpreters.
command(default=True, allow_parallel=True, tags=["test"])(ours.rust)
command(name="abi-matrix", default=True, python=None, allow_parallel=True, tags=["check"])(ours.abi_matrix)
command(default=True, python=None, allow_parallel=True, tags=["check"])(ours.workshop)
command(
    name="build-limits", default=True, python=None, allow_parallel=True, tags=["check"],
    requires=["provision", *STABLE],
)(ours.build_limits)  # fmt: skip
command(python=None, tags=["check"])(ours.mutants)
command(python=OLDEST.built_with, requires=[OLDEST.session], tags=["check"])(ours.lint)

# Something to look at.
command(python=None)(ours.demo)
command(python=None)(ours.bench)
command(name="bench-instruments", python=None)(ours.bench_instruments)
command()(ours.projects)

# Another system's interpreters, on this machine. CI has no job of it: there Windows itself tests.
command(python=None)(ours.windows)

# What stands before a release: docs/releasing.md.
command()(ours.wheels)
command(name="check-wheels", python=None, requires=WHEELS)(ours.check_wheels)
command(python=None, requires=WHEELS, tags=["check"])(ours.reproducible)
command(name="publish-local", python=None)(ours.publish_local)

if __name__ == "__main__":
    nox.main()
