import io
import platform
import tarfile

import pytest

from matrix import wheelhouse
from matrix.errors import UserError
from matrix.table import ROOT
from matrix.wheelhouse import PLATFORMS
from tests.workshop import fakes
from tests.workshop.fakes import TABLE, VERSION
from tests.workshop.matrix.test_pick import GIL, LINUX, ONE, TOOLS
from workshop import repository
from workshop.release import acceptance, audit, sdist

HERE = wheelhouse.platform_of(LINUX)


def tag_of(name):
    if name == HERE:
        return LINUX
    return name if name.startswith("win") else name.replace("_", "_9_9_", 1)


TAGS = [*map(tag_of, PLATFORMS)]


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.setattr(wheelhouse, "runs_here", lambda platform: platform == HERE)


def test_by_default_it_is_this_machines_platform_in_wheelhouse():
    assert acceptance.parse([]) == acceptance.Request(wheelhouse.FOLDER, (HERE,), sdist=False)


def test_a_folder_and_a_platform_may_be_named(tmp_path):
    request = acceptance.parse([str(tmp_path), "--platform", "win_arm64"])
    assert request == acceptance.Request(tmp_path, ("win_arm64",), sdist=False)


def test_a_release_is_all_platforms_and_the_sdist():
    assert acceptance.parse(["--platform", "all"]) == acceptance.Request(
        wheelhouse.FOLDER, PLATFORMS, sdist=True
    )


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
        acceptance.parse(arguments)


@pytest.fixture
def audited(monkeypatch):
    """Record what is audited: the tools for that are in another environment."""
    files = []
    monkeypatch.setattr(audit, "audit", lambda given, *rest: files.extend(given))
    return files


@pytest.fixture
def release(tmp_path):
    """Write a release of one row, in a folder a platform; this machine's wheel can be imported."""
    for tag in TAGS:
        sound = {"gil/__init__.py": GIL.format(gil=True, abi="abi3").encode()} if tag == LINUX else {}
        fakes.wheel(tmp_path / tag, "cp311-abi3", tag, files=sound)
    with tarfile.open(tmp_path / f"gil_demo-{VERSION}.tar.gz", "w:gz") as archive:
        for name in repository.tracked(*sdist.NEEDED):
            archive.add(ROOT / name, f"gil_demo-{VERSION}/{name}")
        archive.addfile(tarfile.TarInfo(f"gil_demo-{VERSION}/PKG-INFO"))
    return tmp_path


def test_a_release_is_audited_and_what_is_for_this_machine_chosen_and_imported(release, audited, capsys):
    acceptance.check(acceptance.Request(release, PLATFORMS, sdist=True), ONE, TOOLS)
    assert len(audited) == len(PLATFORMS)
    said = capsys.readouterr().out
    assert f"gil_demo-{VERSION}.tar.gz: " in said
    assert "as the table says" in said
    assert f"gil_demo-{VERSION}-cp311-abi3-{LINUX}.whl: CPython {platform.python_version()}" in said


def test_a_machine_that_no_release_is_for_can_check_all_that_needs_no_interpreter(
    release, audited, monkeypatch, capsys
):
    monkeypatch.setattr(wheelhouse, "runs_here", lambda platform: False)
    acceptance.check(acceptance.Request(release, PLATFORMS, sdist=True), ONE, TOOLS)
    assert len(audited) == len(PLATFORMS)
    assert "cannot be installed on this machine" in capsys.readouterr().out.splitlines()[-1]


def test_the_sdist_of_a_release_is_looked_into(release, audited):
    (release / f"gil_demo-{VERSION}.tar.gz").write_bytes(tarfile_of_nothing())
    with pytest.raises(UserError, match="does not hold what a build needs"):
        acceptance.check(acceptance.Request(release, PLATFORMS, sdist=True), ONE, TOOLS)


def tarfile_of_nothing():
    file = io.BytesIO()
    tarfile.open(fileobj=file, mode="w:gz").close()
    return file.getvalue()


def test_another_platforms_wheels_are_audited_and_that_they_are_not_tried_is_said(tmp_path, audited, capsys):
    fakes.wheelhouse(tmp_path, "win_arm64")
    request = acceptance.Request(tmp_path, ("win_arm64",), sdist=False)
    acceptance.check(request, TABLE, tmp_path)
    assert len(audited) == len(TABLE.wheels)
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Wheels for win_arm64 cannot be installed on this machine: which file an interpreter gets, and"
        " whether that works, is not checked."
    )
    assert {acceptance.file_for(python, request, TABLE) for python in TABLE.interpreters} == {None}


def test_an_incomplete_wheelhouse_is_not_looked_at_further(tmp_path, audited):
    request = acceptance.Request(tmp_path, (HERE,), sdist=False)
    with pytest.raises(UserError, match="is missing"):
        acceptance.check(request, TABLE, tmp_path)
    with pytest.raises(UserError, match="is missing"):
        acceptance.file_for("3.15", request, TABLE)
    assert audited == []


def test_file_for_is_the_tables_choice(tmp_path):
    fakes.wheelhouse(tmp_path, LINUX)
    file = acceptance.file_for("3.15", acceptance.Request(tmp_path, (HERE,), sdist=False), TABLE)
    assert file.name == f"gil_demo-{VERSION}-cp315-abi3.abi3t-{LINUX}.whl"
