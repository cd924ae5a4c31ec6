"""That a folder holds what a release must; `abi-matrix check` has its own tests of the findings."""

import shutil

import pytest

from abi_matrix.base.errors import UserError
from tests.workshop import fakes
from tests.workshop.fakes import TABLE, VERSION
from workshop.release import wheelhouse
from workshop.release.wheelhouse import require

HERE = ["manylinux_x86_64"]
NAME = f"gil_demo-{VERSION}-cp314-cp314t-manylinux_2_28_x86_64.whl"
EVERYWHERE = (
    "manylinux_2_28_x86_64", "manylinux_2_17_aarch64.manylinux2014_aarch64", "musllinux_1_2_x86_64",
    "musllinux_1_2_aarch64", "macosx_10_12_x86_64", "macosx_11_0_arm64", "win_amd64", "win_arm64",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return fakes.wheelhouse(tmp_path / "wheelhouse")


def lines(folder, platforms=HERE, **kwargs):
    with pytest.raises(UserError, match=r"^.*wheelhouse does not hold what the table") as raised:
        require(folder, TABLE, platforms, **kwargs)
    return str(raised.value).splitlines()[1:]


def test_a_file_for_each_row_passes(folder, capsys):
    wheels = require(folder, TABLE, HERE).files.wheels
    assert [wheel.path.parent for wheel in wheels] == [folder] * len(TABLE.rows)
    assert capsys.readouterr().out == f"{folder}: complete, {len(TABLE.rows)} wheels.\n"


def test_all_platforms_and_the_sdist_in_a_folder_each_pass(tmp_path):
    for platform in EVERYWHERE:
        fakes.wheelhouse(tmp_path / "wheelhouse" / platform, platform)
    (tmp_path / "wheelhouse" / f"gil_demo-{VERSION}.tar.gz").touch()
    files = require(tmp_path / "wheelhouse", TABLE, wheelhouse.PLATFORMS, sdist=True).files
    assert len(files.wheels) == len(TABLE.rows) * len(wheelhouse.PLATFORMS)
    assert files.all[-1] == files.sdists[0]


def test_a_platform_missing_is_named_wheel_by_wheel(folder):
    assert [line.partition(".")[0] for line in lines(folder, [*HERE, "win_amd64"])] == [
        f"AM401 The wheel {row.tag} is missing for win_amd64".partition(".")[0] for row in TABLE.rows
    ]


@pytest.mark.parametrize("name", ["notes.txt", ".DS_Store", "gil_demo-0.1.0.zip"])
def test_a_stray_file_is_named(folder, name):
    (folder / name).touch()
    with pytest.raises(UserError, match=f"^AM902 .*/{name} is neither a wheel nor an sdist: "):
        require(folder, TABLE, HERE)


def test_the_sdist_is_asked_for(folder):
    assert lines(folder, sdist=True) == ["AM401 There is no sdist. Build it: `python -m build --sdist`."]


def test_one_name_in_two_artifacts_is_named(folder):
    (folder / "again").mkdir()
    shutil.copy(folder / NAME, folder / "again")
    with pytest.raises(UserError, match=f"^AM905 .*/again/{NAME} and .*/{NAME} have the same name: "):
        require(folder, TABLE, HERE)


def test_two_policies_for_one_machine_are_named(folder):
    extra = fakes.wheel(folder, platform="manylinux_2_34_x86_64")
    assert lines(folder) == [f"{extra.name} takes the place that {NAME} has already: keep one of them."]


def test_here_is_where_a_release_has_wheels_for(monkeypatch):
    monkeypatch.setattr(wheelhouse, "platform_tags", lambda: ["linux_x86_64", "manylinux_2_36_x86_64"])
    assert wheelhouse.here() == "manylinux_x86_64"
    monkeypatch.setattr(wheelhouse, "platform_tags", lambda: ["linux_riscv64", "manylinux_2_39_riscv64"])
    with pytest.raises(UserError, match="for this machine, use the sdist"):
        wheelhouse.here()
