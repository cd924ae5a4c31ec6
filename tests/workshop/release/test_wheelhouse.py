import re
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
        require(folder, TABLE, VERSION, platforms, **kwargs)
    return str(raised.value).splitlines()[1:]


def test_a_file_for_each_row_passes(folder, capsys):
    contents = require(folder, TABLE, VERSION, HERE)
    assert [file.parent for file in contents.files] == [folder] * len(TABLE.rows)
    assert contents.serving(TABLE, *HERE)["3.15"].name.startswith(f"gil_demo-{VERSION}-cp315-abi3.abi3t-")
    assert capsys.readouterr().out == f"{folder}: complete, {len(TABLE.rows)} wheels of {VERSION}.\n"


def test_all_platforms_and_the_sdist_in_a_folder_each_pass(tmp_path):
    for platform in EVERYWHERE:
        fakes.wheelhouse(tmp_path / "wheelhouse" / platform, platform)
    (tmp_path / "wheelhouse" / f"gil_demo-{VERSION}.tar.gz").touch()
    contents = require(tmp_path / "wheelhouse", TABLE, VERSION, wheelhouse.PLATFORMS, sdist=True)
    assert len(contents.files) == len(TABLE.rows) * len(wheelhouse.PLATFORMS) + 1
    assert contents.files[-1] == contents.sdist


@pytest.mark.parametrize("tag", [row.tag for row in TABLE.rows])
def test_any_one_missing_is_named(folder, tag):
    (folder / f"gil_demo-{VERSION}-{tag}-manylinux_2_28_x86_64.whl").unlink()
    assert lines(folder) == [f"- gil_demo-{VERSION}-{tag}-manylinux_*_x86_64.whl: is missing"]


def test_a_platform_missing_is_named_file_by_file(folder):
    missing = lines(folder, [*HERE, "win_amd64"])
    assert missing == [
        f"- gil_demo-{VERSION}-{row.tag}-win_amd64.whl: is missing"
        for row in sorted(TABLE.rows, key=lambda row: row.tag)
    ]


def test_nothing_at_all_is_all_missing(tmp_path):
    assert len(lines(tmp_path / "wheelhouse")) == len(TABLE.rows)


@pytest.mark.parametrize(
    "name", ["notes.txt", ".DS_Store", "gil_demo-0.1.0.zip", f"gil_demo-{VERSION}.tar.gz"]
)
def test_a_stray_file_is_named(folder, name):
    (folder / name).touch()
    assert lines(folder) == [f"+ {name}: is not one of the files to publish"]


def test_the_sdist_is_asked_for_once(folder):
    name = f"gil_demo-{VERSION}.tar.gz"
    assert lines(folder, sdist=True) == [f"- {name}: is missing"]
    for place in ("a", "b"):
        (folder / place).mkdir()
        (folder / place / name).touch()
    assert lines(folder, sdist=True) == [f"+ b/{name}: takes the place that a/{name} has already"]


def test_one_name_in_two_artifacts_is_named(folder):
    (folder / "again").mkdir()
    shutil.copy(folder / NAME, folder / "again")
    assert lines(folder) == [f"+ {NAME}: takes the place that again/{NAME} has already"]


def test_two_policies_for_one_machine_are_named(folder):
    extra = fakes.wheel(folder, platform="manylinux_2_34_x86_64")
    assert lines(folder) == [f"+ {extra.name}: takes the place that {NAME} has already"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tag": "cp314-cp314"}, "has a tag that no row of the table has"),
        ({"tag": "cp315-abi3"}, "has a tag that no row of the table has"),
        (
            {"tag": "cp314-cp314t", "platform": "macosx_11_0_arm64"},
            "is for macosx_arm64, wanted is manylinux_x86_64",
        ),
        (
            {"tag": "cp314-cp314t", "platform": "linux_x86_64"},
            "is for linux_x86_64, wanted is manylinux_x86_64",
        ),
        (
            {"tag": "py3-none", "platform": "any"},
            "is for any, wanted is manylinux_x86_64",
        ),
        ({"tag": "cp314-cp314t", "version": "0.0.9"}, f"holds version 0.0.9, this repository is {VERSION}"),
        ({"tag": "cp314-cp314t", "version": "junk!"}, f"holds version junk!, this repository is {VERSION}"),
        (
            {"named": "gil_demo-0.0.9-cp314-cp314t-manylinux_2_28_x86_64.whl"},
            f"is named version 0.0.9, this repository is {VERSION}",
        ),
        (
            {"named": f"gil-{VERSION}-cp314-cp314t-manylinux_2_28_x86_64.whl"},
            "belongs to gil, not to gil-demo",
        ),
        ({"name": "gil"}, "belongs to gil, not to gil-demo"),
        (
            {"tags": ["cp314-cp314-manylinux_2_28_x86_64"]},
            "is tagged cp314-cp314-manylinux_2_28_x86_64 inside, its name says otherwise",
        ),
        (
            {"tag": "cp315-abi3.abi3t", "tags": ["cp315-abi3-manylinux_2_28_x86_64"]},
            "is tagged cp315-abi3-manylinux_2_28_x86_64 inside, its name says otherwise",
        ),
        ({"tags": []}, "is tagged not at all inside, its name says otherwise"),
        (
            {"named": f"gil_demo-{VERSION}-1-cp314-cp314t-manylinux_2_28_x86_64.whl"},
            "has a build number",
        ),
        (
            {"files": {f"gil_demo-{VERSION}.dist-info/WHEEL": None}},
            "it has 0 folders",
        ),
        ({"files": {"other-1.dist-info/WHEEL": b""}}, "it has 2 folders"),
        ({"files": {f"gil_demo-{VERSION}.dist-info/METADATA": None}}, "is no wheel that can be read"),
        ({"named": "gil_demo.whl"}, "is no wheel that can be read"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_named(folder, changes, reason):
    (folder / NAME).unlink()
    file = fakes.wheel(folder / "bad", **changes)
    found = [line for line in lines(folder) if line.startswith("+")]
    assert len(found) == 1
    assert found[0].startswith(f"+ bad/{file.name}: ")
    assert re.search(reason, found[0])


def test_a_renamed_tag_is_extra_and_its_place_is_missing(folder):
    (folder / NAME).rename(folder / NAME.replace("cp314t", "cp314"))
    inside = "is tagged cp314-cp314t-manylinux_2_28_x86_64 inside, its name says otherwise"
    assert lines(folder) == [
        f"+ {NAME.replace('cp314t', 'cp314')}: {inside}",
        f"- gil_demo-{VERSION}-cp314-cp314t-manylinux_*_x86_64.whl: is missing",
    ]


def test_what_is_no_archive_is_named(folder):
    (folder / NAME).write_bytes(b"not a zip")
    assert lines(folder)[0] == f"+ {NAME}: is no wheel that can be read: File is not a zip file"


@pytest.mark.parametrize(
    ("tag", "platform"),
    [
        ("manylinux_2_28_x86_64", "manylinux_x86_64"),
        ("manylinux2014_aarch64", "manylinux_aarch64"),
        ("musllinux_1_2_x86_64", "musllinux_x86_64"),
        ("macosx_11_0_arm64", "macosx_arm64"),
        ("win_arm64", "win_arm64"),
        ("linux_x86_64", "linux_x86_64"),
    ],
)
def test_platform_of(tag, platform):
    assert wheelhouse.platform_of(tag) == platform


def test_here_is_where_a_release_has_wheels_for(monkeypatch):
    monkeypatch.setattr(wheelhouse, "platform_tags", lambda: ["linux_x86_64", "manylinux_2_36_x86_64"])
    assert wheelhouse.here() == "manylinux_x86_64"
    monkeypatch.setattr(wheelhouse, "platform_tags", lambda: ["linux_riscv64", "manylinux_2_39_riscv64"])
    with pytest.raises(UserError, match="for this machine, use the sdist"):
        wheelhouse.here()
