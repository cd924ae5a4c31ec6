import json

import made
import pytest
import tables
from click.testing import CliRunner

from abi_matrix import cli

TAGS = [row.tag for row in tables.ROWS]


@pytest.fixture
def root(tmp_path):
    """Write a project with a table, and in dist all of its wheels for two platforms."""
    tables.project(tmp_path / "project")
    folder = tmp_path / "project" / "dist"
    for platform in ("manylinux_2_28_x86_64", "win_amd64"):
        made.wheels(folder, *(f"{tag}-{platform}" for tag in TAGS), named="demo_project-1.0")
    return tmp_path / "project"


def rewrite(root, text):
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    tables.load.cache_clear()


@pytest.fixture
def check(root, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(root)

    def check(*arguments):
        ran = CliRunner().invoke(cli.main, ["check", "--json", "--ignore=AM003", *arguments])
        findings = json.loads(ran.stdout)["findings"] if ran.stdout else []
        return [f"{one['code']} {one['message']}" for one in findings], ran

    return check


def test_in_a_project_with_a_table_it_is_for_the_tables_interpreters(check, root):
    findings, ran = check()
    said = json.loads(ran.stdout)
    assert findings == []
    assert [one["interpreter"] for one in said["interpreters"]] == tables.table(root).interpreters
    assert said["table"] == str(root / "pyproject.toml")


def test_folders_and_hidden_files_beside_are_nothing_to_publish(check, root):
    (root / "dist" / "old").mkdir()
    (root / "dist" / ".gitignore").touch()
    assert check()[0] == []


def test_foreign_wheels_in_the_folder_of_a_project_are_not_held_against_its_table(check, root):
    made.wheels(root / "other", "cp314-cp314-win_amd64", named="another-2.0")
    _, ran = check("other", "--python=3.14")
    assert (ran.exit_code, json.loads(ran.stdout)["table"]) == (0, None)


def test_a_missing_wheel_is_named_with_its_platform_and_session(check, root):
    (root / "dist" / "demo_project-1.0-cp313-cp313t-win_amd64.whl").unlink()
    findings, ran = check()
    assert findings == ["AM401 The wheel cp313-cp313t is missing for win_amd64."]
    step = json.loads(ran.stdout)["findings"][0]["next_step"]
    assert step == "Build it with 3.13t there (`nox -s wheel-cp313-cp313t`)."
    assert ran.exit_code == 1


def test_platforms_may_be_demanded_and_the_sdist(check):
    findings, _ = check(
        "--platform=manylinux_x86_64", "--platform=win_arm64", "--platform=win_amd64", "--sdist"
    )
    assert findings == [
        *(f"AM401 The wheel {tag} is missing for win_arm64." for tag in TAGS),
        "AM401 There is no sdist.",
    ]


def test_a_platform_that_is_not_wanted_is_unexpected(check):
    findings, _ = check("--platform=manylinux_x86_64")
    assert [finding.partition(" and 3 others are for ")[2] for finding in findings] == [
        "win_amd64, which was not asked for."
    ]


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("demo_project-1.0-cp314-cp314-win_amd64.whl", "{} has a tag that no row of the table has."),
        ("demo_project-1.0-1-cp311-abi3-win_amd64.whl", "{} has a build number, which installers prefer to"),
        ("notes.txt", "{} is neither a wheel nor an sdist."),
        ("demo_project-0.9.zip", "{} is neither a wheel nor an sdist."),
    ],
)
def test_what_the_table_does_not_ask_for_is_unexpected(check, root, name, finding):
    if name.endswith(".whl"):
        made.wheel(root / "dist", name)
    else:
        (root / "dist" / name).touch()
    findings, _ = check()
    assert any(one.startswith(f"AM402 {finding.format(name)}") for one in findings)


def test_a_file_of_another_version_is_told_and_does_not_count(check, root):
    old = root / "dist" / "demo_project-1.0-cp311-abi3-win_amd64.whl"
    old.unlink()
    other = made.wheel(root / "dist", "demo_project-0.9-cp311-abi3-win_amd64.whl")
    findings, _ = check()
    assert "AM401 The wheel cp311-abi3 is missing for win_amd64." in findings
    assert f"AM403 {other.name} is of version 0.9, the project is 1.0." in findings


def test_where_only_the_backend_knows_the_version_any_passes(check, root):
    rewrite(root, tables.TEXT.replace('version = "1.0"', 'dynamic = ["version"]'))
    assert check()[0] == []


@pytest.mark.parametrize(
    "manifest",
    [
        '[package]\nname = "x"\nversion = "2.0"\n',
        '[package]\nname = "x"\nversion.workspace = true\n[workspace.package]\nversion = "2.0"\n',
    ],
)
def test_with_maturin_the_version_is_cargos(check, root, manifest):
    rewrite(root, tables.TEXT.replace('version = "1.0"', 'dynamic = ["version"]') + "[tool.maturin]\n")
    (root / "Cargo.toml").write_text(manifest, encoding="utf-8")
    assert all(one.startswith(("AM401", "AM403")) for one in check()[0])
    assert any(one.endswith("are of version 1.0, the project is 2.0.") for one in check()[0])


def test_an_interpreter_that_gets_another_rows_wheel_is_told(check, root):
    rewrite(root, tables.TEXT.replace('"3.14"]', '"3.14", "3.15"]').replace('["3.15", ', "["))
    findings, ran = check()
    assert len(findings) == 1
    assert findings[0].startswith("AM404 3.15 gets demo_project-1.0-cp315-abi3.abi3t-")
    assert findings[0].endswith(", the table says cp311-abi3.")
    assert ran.exit_code == 1


def test_a_wheel_of_pypy_is_asked_for_on_one_platform_only(check, root):
    row = '\n[[tool.abi-matrix.wheel]]\ntag = "pp311-pypy311_pp73"\nserves = ["pypy3.11"]\n'
    rewrite(root, tables.TEXT.replace("\n[tool", f"{row}\n[tool"))
    missing = "AM401 The wheel pp311-pypy311_pp73 is missing for manylinux_x86_64 and win_amd64."
    assert missing in check()[0]
    made.wheels(root / "dist", "pp311-pypy311_pp73-win_amd64", named="demo_project-1.0")
    assert not any(one.startswith("AM4") for one in check()[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--table=pyproject.toml", "other"], "AM916 These are files of another, the table in "),
        (["other", "--sdist"], "AM909 No table says which wheels there should be: name it with --table."),
        (["--table=nowhere.toml"], "nowhere.toml' does not exist"),
    ],
)
def test_a_table_that_does_not_fit_is_one_sentence(check, root, arguments, words):
    made.wheels(root / "other", "cp314-cp314-win_amd64", named="another-2.0")
    _, ran = check(*arguments)
    assert ran.exit_code == 2
    assert words in ran.stderr
