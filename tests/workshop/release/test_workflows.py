"""The workflows and cibuildwheel's configurations agree with the table; a failure names the edit to make."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase

import pytest
import yaml
from packaging.requirements import Requirement

from abi_matrix.starting import jobs
from abi_matrix.testing.lanes import lanes
from workshop import repository
from workshop.release.configurations import FILES, RUNNERS, group_of, identifiers
from workshop.repository import ROOT

TABLE = repository.table()
FOLDER = ROOT / ".github" / "workflows"
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yml"))}
PARSED = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
CONFIGS = {
    group: tomllib.loads((ROOT / file).read_text(encoding="utf-8"))["tool"]["cibuildwheel"]
    for group, file in FILES.items()
}
# What `abi-matrix init` writes for others, by the same rules.
TEMPLATES = {
    file.name.removesuffix(".txt"): file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "matrix/src/abi_matrix/starting/templates").glob("*.yml.txt"))
}
EVERY = {**TEXTS, **{f"{name}.txt": text for name, text in TEMPLATES.items()}}
LAST_JOBS = {"ci.yml": "all-green", "wheels.yml": "complete", "publish.yml": "publish"}
VERSION = re.compile(r"(?<![\w.])3\.\d+t?(?!\w|\.\d)|\bcp3\d+t?\b")
# Whichever Python it is makes no difference, but without a name uv takes no free-threaded one before 3.14.
EXPORT = "uv export --quiet --locked --python=python"
# cibuildwheel's options with which nothing builds or tests the wheels but what uv.lock has, by its hash.
LOCKED = {
    "build-frontend": {
        "name": "uv",
        "args": ["--require-hashes", "--build-constraint=build-constraints.txt"],
    },
    "before-build": f"{EXPORT} --only-group=build --output-file=build-constraints.txt",
    "before-test": f"{EXPORT} --group=test --output-file=test-requirements.txt"
    " && uv pip install --quiet --require-hashes --requirement=test-requirements.txt",
}
# Those with which it would install the newest of something, beside wheels that it can change.
UNLOCKED = {"audit-requires", "test-extras", "test-groups", "test-requires"}
ON = True  # what `on:` is in YAML 1.1


@pytest.fixture(scope="module")
def listed():
    # What ci.yml itself asks of nox.
    steps = {step.get("id"): step for step in PARSED["ci.yml"]["jobs"]["sessions"]["steps"]}
    asked, told = (shlex.split(command) for command in steps["list"]["run"].splitlines()[0].split("|"))
    assert asked[0] == "matrix=$(uvx"
    assert steps["list"]["env"] == {"PYTHONPATH": "matrix/src"}
    nox = [sys.executable, "-m", *asked[1:], "--script-mode=none"]
    sessions = subprocess.run(nox, capture_output=True, check=True, cwd=ROOT).stdout
    ours = [sys.executable, *told[told.index("-m") :]]
    made = subprocess.run([*ours[:-1], "-"], input=sessions, capture_output=True, check=True, cwd=ROOT)
    return json.loads(made.stdout)["include"]


@pytest.mark.parametrize("name", EVERY)
def test_no_version_of_python_stands_in_a_workflow(name):
    for number, line in enumerate(EVERY[name].splitlines(), 1):
        found = VERSION.search(line)
        assert not found, f"in {name}, line {number}, remove {found[0]}: the table in pyproject.toml has it"


@pytest.mark.parametrize("text", ["uvx --python 3.14t nox", "name: All green on cp315", 'version: "3.13"'])
def test_a_version_of_python_is_told_from_others(text):
    assert VERSION.search(text)
    assert not VERSION.search("cibuildwheel 3.4.1 # v3.13.1 ubuntu-24.04 PyO3 0.30 1.3.2")


@pytest.mark.parametrize("name", EVERY)
def test_the_last_job_waits_for_every_job_and_none_is_skipped(name):
    made = yaml.safe_load(EVERY[name].replace("@", ""))["jobs"]
    last = LAST_JOBS[name.removesuffix(".txt")]
    others = [job for job in made if job != last]
    assert made[last].get("needs") == others, f"in {name}, job {last}, write `needs: [{', '.join(others)}]`"
    for job in others:
        assert "if" not in made[job], f"in {name}, job {job}, remove `if`: a skipped job counts as a success"


def test_wheels_are_built_on_every_runner_with_both_configurations():
    matrix = PARSED["wheels.yml"]["jobs"]["wheels"]["strategy"]["matrix"]
    derived = {
        "runner": [*RUNNERS],
        "group": [*FILES],
        "include": [{"group": group, "config": config} for group, config in FILES.items()],
    }
    for key, value in derived.items():
        assert matrix.get(key) == value, f"in wheels.yml, job wheels, write `{key}: {json.dumps(value)}`"


def option_of(config, option, identifier):
    """Return what an option of cibuildwheel is for a build; the last override that fits it counts."""
    fitting = [one for one in config.get("overrides", []) if fnmatchcase(f"{identifier}-", one["select"])]
    return next((one[option] for one in reversed(fitting) if option in one), config.get(option))


@pytest.mark.parametrize("group", CONFIGS)
def test_cibuildwheel_builds_the_rows_of_the_table_and_tests_them(group):
    file, config = FILES[group], CONFIGS[group]
    rows = [row for row in repository.announced().rows if group_of(row) == group]
    names = {python: name for row in rows for python, name in identifiers(row).items()}
    build = [f"{name}-*" for name in names.values()]
    assert config["build"] == build, f"in {file} write `build = {json.dumps(build)}`"
    for python, name in names.items():
        # As the session's first lane, with workers: cibuildwheel's interpreters wait for each other.
        gil = lanes(python, TABLE)[0].gil
        command = f"pytest --quiet --expect-gil={gil} --gil-guard --numprocesses=2 tests/gil tests/threading"
        told = f'in {file} let {name}-* have `test-command = "{command}"`'
        assert option_of(config, "test-command", name) == command, told


@pytest.mark.parametrize("group", CONFIGS)
def test_only_what_uv_lock_has_builds_and_tests_a_release(group):
    file, config = FILES[group], CONFIGS[group]
    # The older cibuildwheel has no audits; in the newer one they are on unless there is no command.
    wanted = LOCKED if group == "cibuildwheel-3" else {**LOCKED, "audit-command": ""}
    for option, value in wanted.items():
        assert config.get(option) == value, f"in {file} write `{option} = {json.dumps(value)}`"
    for override in config.get("overrides", []):
        for option in override.keys() & {*wanted, *UNLOCKED}:
            pytest.fail(f"in {file} remove `{option}` from the override {override['select']}")
    for option in config.keys() & UNLOCKED:
        pytest.fail(f"in {file} remove `{option}`")


def test_both_configurations_build_in_the_same_way():
    # The others may not differ.
    apart = {"audit-command", "build", "enable", "overrides", "test-command"}
    newest, last_3 = ({key: line[key] for key in line.keys() - apart} for line in CONFIGS.values())
    assert last_3 == newest, "in cibuildwheel-3.toml write what [tool.cibuildwheel] in pyproject.toml has"
    last_3, newest = (line["overrides"] for line in reversed(CONFIGS.values()))
    assert all(override in newest for override in last_3), "the overrides of cibuildwheel-3.toml have drifted"


def test_each_group_has_its_version_of_cibuildwheel():
    groups = repository.pyproject()["dependency-groups"]
    newest, last_3 = (Requirement(*groups[group]) for group in FILES)
    assert str(last_3) == "cibuildwheel==3.4.1", "3.4.1 is the last that builds what 4.0 has dropped"
    assert not newest.specifier.contains("3.4.1"), 'in pyproject.toml write "cibuildwheel>=4"'


def test_ci_runs_every_test_everywhere_and_the_checks_once(listed):
    where = {}
    for job in listed:
        where.setdefault(job["session"], []).append(job["runner"])
    everywhere = {"rust", *(f"test-{python}" for python in TABLE.interpreters)}
    for session in everywhere:
        assert where.get(session) == list(jobs.TESTED_ON), f'in noxfile.py give {session} tags=["test"]'
    first = list(jobs.TESTED_ON[:1])
    for session in ("lint", "workshop"):
        assert where.get(session) == first, f'in noxfile.py give {session} tags=["check"]'
    assert all(runners == first for session, runners in where.items() if session not in everywhere)
    assert "windows" not in where, "it needs root on a Debian"


def test_ci_takes_its_jobs_from_that_list():
    session = PARSED["ci.yml"]["jobs"]["session"]
    assert session["strategy"]["matrix"] == "${{ fromJSON(needs.sessions.outputs.matrix) }}"
    assert set(jobs.TESTED_ON) <= set(RUNNERS)
    (run,) = (step for step in session["steps"] if "run" in step)
    assert run["run"] == 'uvx nox --parallel 1 -s "$SESSION"', "else a job that hangs shows nothing"
    assert run["env"] == {
        "SESSION": "${{ matrix.session }}",
        "GH_TOKEN": "${{ matrix.session == 'lint' && github.token || '' }}",
    }


def test_a_release_is_never_the_first_to_build_the_wheels():
    triggers = PARSED["wheels.yml"][ON]
    assert triggers.keys() >= {"pull_request", "schedule", "workflow_call"}
    for path in triggers["pull_request"]["paths"]:
        assert any(ROOT.glob(path)), f"in wheels.yml remove {path} from `paths`: there is no such file"


def test_nothing_cached_gets_into_a_release():
    for name in ("wheels.yml", "publish.yml"):
        for job in PARSED[name]["jobs"].values():
            for step in job.get("steps", []):
                if step.get("uses", "").startswith("astral-sh/setup-uv@"):
                    assert step["with"]["enable-cache"] is False, f"in {name} write enable-cache: false"


def test_every_workflow_here_and_for_others_has_a_last_job():
    assert set(TEXTS) == set(TEMPLATES) == set(LAST_JOBS), "edit LAST_JOBS here"


def test_what_is_written_for_others_is_for_the_same_machines():
    assert tuple(RUNNERS) == jobs.BUILT_ON


def test_the_sdist_is_made_with_what_uv_lock_has():
    (step,) = (step for step in PARSED["wheels.yml"]["jobs"]["sdist"]["steps"] if "uv build" in str(step))
    export, build = step["run"].replace("\\\n", "").strip().splitlines()
    assert export == LOCKED["before-build"].replace("--python=python ", "")
    assert {*LOCKED["build-frontend"]["args"]} <= {*shlex.split(build)}


def test_every_row_is_built_by_one_line():
    built = [selector for line in CONFIGS.values() for selector in line["build"]]
    assert len(built) == len(set(built))
    for wheel in TABLE.rows:
        assert f"{identifiers(wheel)[wheel.built_with]}-*" in built
