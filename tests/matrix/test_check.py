from types import SimpleNamespace

import pytest

from matrix import audit, check, interpreters, pick, sdist, wheelhouse
from matrix.errors import UserError
from matrix.wheelhouse import PLATFORMS
from tests.matrix import fakes
from tests.matrix.fakes import TABLE, VERSION

HERE = "manylinux_x86_64"
TAGS = [
    platform.replace("_", "_9_9_", 1) if platform.startswith(("many", "musl", "mac")) else platform
    for platform in PLATFORMS
]


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.setattr(wheelhouse, "runs_here", lambda platform: platform == HERE)


def test_by_default_it_is_this_machines_platform_in_wheelhouse():
    assert check.parse([]) == check.Request(wheelhouse.FOLDER, (HERE,), sdist=False)


def test_a_folder_and_a_platform_may_be_named(tmp_path):
    request = check.parse([str(tmp_path), "--platform", "win_arm64"])
    assert request == check.Request(tmp_path, ("win_arm64",), sdist=False)


def test_a_release_is_all_platforms_and_the_sdist():
    assert check.parse(["--platform", "all"]) == check.Request(wheelhouse.FOLDER, PLATFORMS, sdist=True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--platform", "amiga"], "invalid choice: 'amiga'"),
        (["--platform"], "expected one argument"),
        (["dist", "-x"], "-x is not understood"),
        (["dist", "more"], "more is not understood"),
    ],
)
def test_what_is_not_understood_is_one_sentence_with_the_usage(arguments, reason):
    with pytest.raises(UserError, match=rf"{reason}.*; say `nox -s check-wheels -- \[FOLDER\]"):
        check.parse(arguments)


@pytest.fixture
def steps(monkeypatch):
    """Record which checks are made, on how many files."""
    seen = {}

    def note(name):
        return lambda files, *rest: seen.update({name: len([*files])})

    monkeypatch.setattr(audit, "audit", note("audit"))
    monkeypatch.setattr(pick, "require", lambda folder, *rest: seen.update(pick=len([*folder.iterdir()])))
    monkeypatch.setattr(pick, "prove", note("prove"))
    monkeypatch.setattr(sdist, "require", lambda file, version: seen.update(sdist=file.name))
    provided = SimpleNamespace(system_executable="/python")
    monkeypatch.setattr(interpreters, "provide", lambda python, table: provided)
    return seen


def test_every_check_is_made_of_one_platform(tmp_path, steps):
    fakes.wheelhouse(tmp_path)
    check.check(check.Request(tmp_path, (HERE,), sdist=False), TABLE, tmp_path)
    assert steps == {"audit": 4, "pick": 4, "prove": len(TABLE.interpreters)}


def test_a_release_in_folders_is_checked_as_a_whole(tmp_path, steps):
    for tag in TAGS:
        fakes.wheelhouse(tmp_path / tag, tag)
    (tmp_path / f"gil_demo-{VERSION}.tar.gz").touch()
    check.check(check.Request(tmp_path, PLATFORMS, sdist=True), TABLE, tmp_path)
    files = len(TABLE.wheels) * len(PLATFORMS)
    source = f"gil_demo-{VERSION}.tar.gz"
    assert steps == {"audit": files, "pick": files, "prove": len(TABLE.interpreters), "sdist": source}


def test_another_platforms_wheels_are_audited_and_that_they_are_not_tried_is_said(tmp_path, steps, capsys):
    fakes.wheelhouse(tmp_path, "win_arm64")
    request = check.Request(tmp_path, ("win_arm64",), sdist=False)
    check.check(request, TABLE, tmp_path)
    assert steps == {"audit": 4}
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Wheels for win_arm64 cannot be installed on this machine: which file an interpreter gets, and"
        " whether that works, is not checked."
    )
    assert [check.file_for(python, request, TABLE) for python in TABLE.interpreters] == [None] * len(
        TABLE.interpreters
    )


def test_a_machine_that_no_release_is_for_can_check_all_that_needs_no_interpreter(
    tmp_path, steps, monkeypatch
):
    monkeypatch.setattr(wheelhouse, "runs_here", lambda platform: False)
    for tag in TAGS:
        fakes.wheelhouse(tmp_path / tag, tag)
    (tmp_path / f"gil_demo-{VERSION}.tar.gz").touch()
    check.check(check.Request(tmp_path, PLATFORMS, sdist=True), TABLE, tmp_path)
    assert steps == {"audit": len(TABLE.wheels) * len(PLATFORMS), "sdist": f"gil_demo-{VERSION}.tar.gz"}


def test_an_incomplete_wheelhouse_is_not_looked_at_further(tmp_path, steps):
    request = check.Request(tmp_path, (HERE,), sdist=False)
    with pytest.raises(UserError, match="is missing"):
        check.check(request, TABLE, tmp_path)
    with pytest.raises(UserError, match="is missing"):
        check.file_for("3.15", request, TABLE)
    assert steps == {}


def test_file_for_is_the_tables_choice(tmp_path):
    fakes.wheelhouse(tmp_path)
    file = check.file_for("3.15", check.Request(tmp_path, (HERE,), sdist=False), TABLE)
    assert file.name == f"gil_demo-{VERSION}-cp315-abi3.abi3t-manylinux_2_28_x86_64.whl"
