"""Every place that repeats a fact of the table agrees with it; a failure names the edit to make."""

import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from abi_matrix.interpreters.names import parse
from abi_matrix.starting import jobs
from abi_matrix.testing.lanes import lanes
from workshop import repository
from workshop.repository import ROOT

TABLE = repository.table()
ANNOUNCED = repository.announced()
PYPROJECT = repository.pyproject()
OLDEST = min(TABLE.interpreters, key=lambda python: parse(python).version)


def test_a_classifier_names_no_version_that_is_not_tested():
    prefix = "Programming Language :: Python :: "
    tested = {prefix + python for python in TABLE.interpreters if not parse(python).free_threaded}
    versions = re.compile(re.escape(prefix) + r"\d+\.\d+")
    written = {line for line in PYPROJECT["project"]["classifiers"] if versions.fullmatch(line)}
    assert written <= tested, f"in pyproject.toml's classifiers remove {sorted(written - tested)}"


def test_what_builds_a_wheel_is_announced():
    """So that only an interpreter is left out of the documents that a wheel of the others serves as well."""
    unannounced = {row.built_with for row in TABLE.rows} - {*ANNOUNCED.interpreters}
    assert not unannounced, f"in pyproject.toml add the classifiers of {sorted(unannounced)}"


def test_requires_python_is_the_oldest_interpreter():
    written = PYPROJECT["project"]["requires-python"]
    assert written == f">={OLDEST}", f'in pyproject.toml write requires-python = ">={OLDEST}"'


def test_maturin_builds_the_stable_abi_of_each_row():
    features = {
        SpecifierSet(row["python-version"]): row["feature"]
        for row in PYPROJECT["tool"]["maturin"]["features"]
    }
    for wheel in TABLE.rows:
        built_with = "{}.{}".format(*parse(wheel.built_with).version)
        found = [feature for versions, feature in features.items() if built_with in versions]
        python, _, abi = wheel.tag.partition("-")
        if "abi3" in abi:
            kind = abi.rpartition(".")[2]
            wanted = [f"pyo3/{kind}-py{python.removeprefix('cp')}"]
            assert found == wanted, f"in [tool.maturin] features let {built_with} select {wanted[0]}"
        else:
            # PyO3 ignores abi3 on a free-threaded interpreter; abi3t would not be ignored.
            assert not any("abi3t" in feature for feature in found), f"{built_with} must not select abi3t"


def test_the_tag_of_each_row_is_that_of_its_builder():
    for wheel in TABLE.rows:
        major, minor = parse(wheel.built_with).version
        assert wheel.tag.startswith(f"cp{major}{minor}-"), f"{wheel.built_with} cannot build {wheel.tag}"


def test_sources_are_pinned_for_every_announced_version_and_none_that_is_not_tested():
    announced, tested = (
        {python.removesuffix("t") for python in some.interpreters} for some in (ANNOUNCED, TABLE)
    )
    assert announced <= set(TABLE.sources) <= tested, "edit [tool.abi-matrix.sources] in pyproject.toml"
    for python, source in TABLE.sources.items():
        assert source.version.startswith(f"{python}."), (
            f"the sources of {python} are pinned to {source.version}"
        )
        assert re.fullmatch("[0-9a-f]{64}", source.sha256)


def test_the_noxfile_header_is_the_workshop_group():
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    header = re.search(r"(?m)^# dependencies = \[\n((?:#     .*\n)*)# \]$", text)
    written = {Requirement(line) for line in re.findall(r'"(.*)"', header[1])}
    derived = {Requirement(line) for line in PYPROJECT["dependency-groups"]["workshop"]}
    assert written == derived, (
        "in noxfile.py's header"
        f" add {[*map(str, derived - written)]} and remove {[*map(str, written - derived)]}"
    )


def test_nox_has_at_most_thirty_sessions_and_one_a_row():
    command = [
        sys.executable,
        "-m",
        "nox",
        "--script-mode=none",
        "--list",
        f"--noxfile={ROOT / 'noxfile.py'}",
    ]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    sessions = re.findall(r"(?m)^[*-] (\S+)", listed.stdout)
    wanted = {*(f"test-{python}" for python in TABLE.interpreters), *(row.session for row in TABLE.rows)}
    assert wanted <= {*sessions}
    coming = {*TABLE.interpreters} - {*ANNOUNCED.interpreters}
    assert len(sessions) - len(coming) <= 30


def test_abi_matrix_proposes_the_cibuildwheels_that_are_locked_here():
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    locked = {one["version"] for one in lock["package"] if one["name"] == "cibuildwheel"}
    proposed = {jobs.CIBUILDWHEEL, jobs.OLDER}
    assert proposed == locked, f"in abi_matrix/starting/jobs.py write {locked}, which uv.lock has"


def test_every_wheel_is_built_with_an_interpreter_it_serves():
    assert all(row.built_with in row.serves for row in TABLE.rows)


def test_the_escape_hatch_is_confined_to_one_row():
    assert [row.serves for row in TABLE.rows if row.env] == [("3.13t",)]


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_every_interpreter_runs_the_tests_in_eight_threads(python):
    assert any("--parallel-threads=8" in lane.arguments for lane in lanes(python, TABLE))


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_the_first_lane_alone_runs_what_no_lane_can_change(python):
    first, *others = lanes(python, TABLE)
    assert first.arguments == ()
    assert all("-m" in lane.arguments for lane in others)


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_only_free_threaded_builds_see_python_gil(python):
    values = {lane.env["PYTHON_GIL"] for lane in lanes(python, TABLE)}
    assert values == ({None, "0", "1"} if parse(python).free_threaded else {None})


def test_the_readme_shows_the_table():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for wheel in ANNOUNCED.rows:
        row = f"| `{wheel.tag}` | {wheel.built_with} | {', '.join(wheel.serves)} |\n"
        assert row in text, f"in README.md's table of wheels write {row}"
