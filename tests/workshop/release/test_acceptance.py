import io
import tarfile
from types import SimpleNamespace

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.checking import run
from abi_matrix.checking.findings import Finding
from tests.workshop import fakes
from tests.workshop.fakes import LINUX, TABLE, VERSION
from workshop import repository
from workshop.release import acceptance, audit, sdist, wheelhouse
from workshop.release.wheelhouse import PLATFORMS
from workshop.repository import ROOT

HERE = wheelhouse.here()


def tag_of(name):
    if name == HERE:
        return LINUX
    versions = {"manylinux": "2_28", "musllinux": "1_2", "macosx": "11_0"}
    system, _, arch = name.partition("_")
    return f"{system}_{versions[system]}_{arch}" if system in versions else name


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.setattr(wheelhouse, "runs_here", lambda platform: platform == HERE)


def test_by_default_it_is_this_machines_platform_in_wheelhouse():
    assert acceptance.parse([]) == acceptance.Request(wheelhouse.FOLDER, (HERE,), sdist=False)


def test_a_folder_and_a_platform_may_be_named(tmp_path):
    request = acceptance.parse([str(tmp_path), "--platform", "win_arm64"])
    assert request == acceptance.Request(tmp_path, ("win_arm64",), sdist=False)


def test_a_release_is_all_platforms_and_the_sdist():
    request = acceptance.Request(wheelhouse.FOLDER, PLATFORMS, sdist=True)
    assert acceptance.parse(["--platform", "all"]) == request


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
def asked(monkeypatch):
    """Record what is audited and proven: the tools and interpreters for that are elsewhere."""
    asked, check = {}, run.check

    def checked(paths, pythons, demand, *, prove, audit):
        asked.update(prove=prove, audit=audit, pythons=pythons)
        found, report = check(paths, pythons, demand)
        report.findings = []  # of wheels that hold next to nothing
        return found, report

    monkeypatch.setattr(acceptance, "run", SimpleNamespace(check=checked))
    monkeypatch.setattr(audit, "audit", lambda files, table: asked.update(audited=[*files]))
    monkeypatch.setattr(acceptance, "executables", lambda table: asked.update(provided=table.interpreters))
    return asked


@pytest.fixture
def release(tmp_path):
    """Write a release, in a folder a platform."""
    for tag in map(tag_of, PLATFORMS):
        fakes.wheelhouse(tmp_path / tag, tag)
    with tarfile.open(tmp_path / f"gil_demo-{VERSION}.tar.gz", "w:gz") as archive:
        for name in repository.tracked(*sdist.NEEDED):
            archive.add(ROOT / name, f"gil_demo-{VERSION}/{name}")
        archive.addfile(tarfile.TarInfo(f"gil_demo-{VERSION}/PKG-INFO"))
    return tmp_path


def test_a_release_is_audited_and_what_is_for_this_machine_taken_and_imported(release, asked, capsys):
    acceptance.check(acceptance.Request(release, PLATFORMS, sdist=True), TABLE)
    assert len(asked["audited"]) == len(PLATFORMS) * len(TABLE.rows)
    assert (asked["prove"], asked["audit"]) == (True, True)
    assert asked["pythons"] == asked["provided"] == TABLE.interpreters
    said = capsys.readouterr().out
    assert f"gil_demo-{VERSION}.tar.gz: " in said
    files = f"{len(asked['audited'])} wheels and 1 sdist for {len(PLATFORMS)} platforms"
    assert f"gil-demo {VERSION}: {files}, by the table in " in said


def test_a_machine_that_no_release_is_for_can_check_all_that_needs_no_interpreter(
    release, asked, monkeypatch, capsys
):
    monkeypatch.setattr(wheelhouse, "runs_here", lambda platform: False)
    acceptance.check(acceptance.Request(release, PLATFORMS, sdist=True), TABLE)
    assert (asked["prove"], asked["audit"]) == (False, True)
    assert "cannot be installed on this machine" in capsys.readouterr().out.splitlines()[-1]


def test_the_sdist_of_a_release_is_looked_into(release, asked):
    (release / f"gil_demo-{VERSION}.tar.gz").write_bytes(tarfile_of_nothing())
    with pytest.raises(UserError, match="does not hold what a build needs"):
        acceptance.check(acceptance.Request(release, PLATFORMS, sdist=True), TABLE)


def tarfile_of_nothing():
    file = io.BytesIO()
    tarfile.open(fileobj=file, mode="w:gz").close()
    return file.getvalue()


def test_another_platforms_wheels_are_audited_and_that_they_are_not_tried_is_said(tmp_path, asked, capsys):
    fakes.wheelhouse(tmp_path, "win_arm64")
    acceptance.check(acceptance.Request(tmp_path, ("win_arm64",), sdist=False), TABLE)
    assert len(asked["audited"]) == len(TABLE.rows)
    assert "provided" not in asked
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Wheels for win_arm64 cannot be installed on this machine: what its installers take, and"
        " whether that works, is not checked."
    )


def test_an_incomplete_wheelhouse_is_not_looked_at_further(tmp_path, asked):
    with pytest.raises(UserError, match="AM901 There is no wheel"):
        acceptance.check(acceptance.Request(tmp_path, (HERE,), sdist=False), TABLE)
    assert asked == {}


def test_a_finding_is_told_with_its_next_step(tmp_path, asked, monkeypatch):
    fakes.wheelhouse(tmp_path, LINUX)
    check = acceptance.run.check

    def finds(*arguments, **options):
        found, report = check(*arguments, **options)
        report.findings = [Finding("AM106", "Importing it turns the GIL on.", "Declare it.")]
        return found, report

    monkeypatch.setattr(acceptance, "run", SimpleNamespace(check=finds))
    with pytest.raises(UserError, match=r"(?s)^These wheels.*\nAM106 Importing it turns .* Declare it\.$"):
        acceptance.check(acceptance.Request(tmp_path, (HERE,), sdist=False), TABLE)
