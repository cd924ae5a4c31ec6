"""The workflows and cibuildwheel's configurations agree with the table; a failure names the edit to make."""

import json
import shlex
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from abi_matrix.starting import jobs
from workshop import repository
from workshop.release import configurations, workflows
from workshop.repository import ROOT

TABLE = repository.table()
FOLDER = ROOT / ".github" / "workflows"
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yml"))}
PARSED = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
CONFIGS = {
    group: tomllib.loads((ROOT / file).read_text(encoding="utf-8"))["tool"]["cibuildwheel"]
    for group, file in configurations.FILES.items()
}
# What `abi-matrix init` writes for others, by the same rules.
TEMPLATES = {
    file.name.removesuffix(".txt"): file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "matrix/src/abi_matrix/starting/templates").glob("*.yml.txt"))
}
ON = True  # what `on:` is in YAML 1.1


def told(edits):
    return "\n".join(["", *edits])


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


# What stands there.


def test_every_workflow_has_a_last_job():
    assert set(TEXTS) == set(workflows.LAST_JOBS), "edit LAST_JOBS in workshop/release/workflows.py"


def test_no_version_of_python_stands_in_a_workflow():
    edits = workflows.version_edits(TEXTS)
    assert not edits, told(edits)


@pytest.mark.parametrize("name", TEXTS)
def test_the_last_job_waits_for_every_job(name):
    edits = workflows.last_job_edits(name, PARSED[name])
    assert not edits, told(edits)


def test_wheels_are_built_on_every_runner_with_both_configurations():
    edits = workflows.wheel_edits(PARSED["wheels.yml"])
    assert not edits, told(edits)


@pytest.mark.parametrize("group", CONFIGS)
def test_cibuildwheel_builds_the_rows_of_the_table(group):
    edits = configurations.cibuildwheel_edits(group, CONFIGS[group], repository.announced())
    assert not edits, told(edits)


@pytest.mark.parametrize("group", CONFIGS)
def test_only_what_uv_lock_has_builds_and_tests_a_release(group):
    edits = configurations.locked_edits(group, CONFIGS[group])
    assert not edits, told(edits)


def test_both_configurations_build_in_the_same_way():
    # The others may not differ.
    apart = {"audit-command", "build", "enable", "overrides", "test-command"}
    newest, last_3 = ({key: line[key] for key in line.keys() - apart} for line in CONFIGS.values())
    assert last_3 == newest, "in cibuildwheel-3.toml write what [tool.cibuildwheel] in pyproject.toml has"
    last_3, newest = (line["overrides"] for line in reversed(CONFIGS.values()))
    assert all(override in newest for override in last_3), "the overrides of cibuildwheel-3.toml have drifted"


def test_each_group_has_its_version_of_cibuildwheel():
    groups = repository.pyproject()["dependency-groups"]
    newest, last_3 = (Requirement(*groups[group]) for group in configurations.FILES)
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


def test_ci_takes_its_jobs_from_that_list():
    session = PARSED["ci.yml"]["jobs"]["session"]
    assert session["strategy"]["matrix"] == "${{ fromJSON(needs.sessions.outputs.matrix) }}"
    assert set(jobs.TESTED_ON) <= set(workflows.RUNNERS)
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


def test_what_is_written_for_others_keeps_the_same_rules():
    assert set(TEMPLATES) == set(workflows.LAST_JOBS)
    theirs = {f"{name}.txt": text for name, text in TEMPLATES.items()}
    edits = workflows.version_edits(theirs)
    for name, text in TEMPLATES.items():
        edits += workflows.last_job_edits(name, yaml.safe_load(text.replace("@", "")))
    assert not edits, told(edits)


def test_what_is_written_for_others_is_for_the_same_machines():
    assert tuple(workflows.RUNNERS) == jobs.BUILT_ON


# What an edit by hand leads to.


def changed(name, old, new):
    assert old in TEXTS[name]
    return {**TEXTS, name: TEXTS[name].replace(old, new, 1)}


def parsed(name, old, new):
    return yaml.safe_load(changed(name, old, new)[name])


@pytest.mark.parametrize(
    ("old", "new", "removed"),
    [
        ("uvx nox --parallel", "uvx --python 3.14t nox --parallel", "3.14t"),
        ("name: All green", "name: All green on cp315", "cp315"),
        ("version-file: uv.lock", 'version-file: uv.lock\n          python-version: "3.13"', "3.13"),
    ],
)
def test_a_version_of_python_is_named_with_its_line(old, new, removed):
    texts = changed("ci.yml", old, new)
    line = next(number for number, line in enumerate(texts["ci.yml"].splitlines(), 1) if removed in line)
    start = f"in ci.yml, line {line}, remove {removed}:"
    assert any(edit.startswith(start) for edit in workflows.version_edits(texts))


def test_other_versions_are_none_of_python():
    assert not workflows.version_edits({"x.yml": "cibuildwheel 3.4.1 # v3.13.1 ubuntu-24.04 PyO3 0.30 1.3.2"})


@pytest.mark.parametrize(
    ("name", "old", "new", "edit"),
    [
        ("ci.yml", "[sessions, session]", "[session]", "job all-green, write `needs: [sessions, session]`"),
        ("wheels.yml", "[sdist, wheels]", "[wheels]", "job complete, write `needs: [sdist, wheels]`"),
        ("publish.yml", "needs: [wheels]", "needs: []", "job publish, write `needs: [wheels]`"),
        ("wheels.yml", "name: sdist", "if: false", "job sdist, remove `if`"),
    ],
)
def test_a_last_job_that_waits_for_less_is_told_what_for(name, old, new, edit):
    assert any(edit in found for found in workflows.last_job_edits(name, parsed(name, old, new)))


@pytest.mark.parametrize(
    ("old", "new", "edit"),
    [
        (", windows-11-arm]", "]", 'job wheels, write `runner: ["ubuntu-latest", '),
        ("group: [cibuildwheel, cibuildwheel-3]", "group: [cibuildwheel]", 'write `group: ["cibuildwheel", '),
    ],
)
def test_wheels_that_would_be_missed_are_named(old, new, edit):
    assert any(edit in found for found in workflows.wheel_edits(parsed("wheels.yml", old, new)))


@pytest.mark.parametrize("group", CONFIGS)
def test_a_selector_changed_by_hand_is_told_the_whole_list(group):
    config = {**CONFIGS[group], "build": ["cp399-*"]}
    rows = [wheel for wheel in TABLE.rows if configurations.group_of(wheel) == group]
    edits = configurations.cibuildwheel_edits(group, config, TABLE)
    (edit,) = (
        edit for edit in edits if edit.startswith(f"in {configurations.FILES[group]} write `build = [")
    )
    assert all(
        f'"{identifier}-*"' in edit
        for wheel in rows
        for identifier in configurations.identifiers(wheel).values()
    )


def test_an_override_that_is_lost_is_told_what_it_said():
    config = {**CONFIGS["cibuildwheel"], "overrides": []}
    edits = configurations.cibuildwheel_edits("cibuildwheel", config, TABLE)
    assert all(edit.startswith("in pyproject.toml let cp31") for edit in edits)
    assert any('`test-command = "pytest --quiet --expect-gil=off ' in edit for edit in edits)


@pytest.mark.parametrize(
    ("changes", "edit"),
    [
        ({"build-frontend": "uv"}, 'write `build-frontend = {"name": "uv", "args": ["--require-hashes", '),
        ({"before-build": ""}, 'write `before-build = "uv export '),
        ({"before-test": None}, 'write `before-test = "uv export '),
        ({"audit-command": "abi3audit {wheel}"}, 'write `audit-command = ""`'),
        ({"test-groups": ["test"]}, "remove `test-groups`"),
        ({"overrides": [{"select": "cp3*", "test-requires": "pytest"}]}, "remove `test-requires`"),
        (
            {"overrides": [{"select": "cp3*", "build-frontend": "pip"}]},
            "remove `build-frontend` from the override cp3*",
        ),
    ],
)
def test_what_would_be_installed_without_a_hash_is_named(changes, edit):
    (found,) = configurations.locked_edits("cibuildwheel", {**CONFIGS["cibuildwheel"], **changes})
    assert found.startswith(f"in pyproject.toml {edit}")


def test_every_row_is_built_by_one_line():
    built = [selector for line in CONFIGS.values() for selector in line["build"]]
    assert len(built) == len(set(built))
    for wheel in TABLE.rows:
        assert f"{configurations.identifiers(wheel)[wheel.built_with]}-*" in built
