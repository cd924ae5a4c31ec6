"""In place of uv, which would run both cibuildwheels, a few lines of shell do what these would do."""

import os

import pytest

from abi_matrix.base.errors import UserError
from matrix.tests.programs import program
from tests.workshop import fakes
from tests.workshop.fakes import TABLE
from workshop import repository
from workshop.containers import cibuildwheel, debian_image, engine, options
from workshop.containers.engine import Engine
from workshop.release import wheelhouse

PLATFORM = "manylinux_2_34_x86_64"

# Called as `uv run ... cibuildwheel ... --config-file=F (--print-build-identifiers | --output-dir=D)`, or
# as `uv run ... python -c PROGRAM F IDENTIFIER...`.
UV = """
for last; do case $last in --config-file=*) config=${last#*=};; esac; done
echo "$CIBW_BUILD|$CIBW_MANYLINUX_X86_64_IMAGE|$SOURCE_DATE_EPOCH|$last" >> "$LOG"
case "$last/$config" in
    --print*/cibuildwheel-3.toml) echo cp313t-manylinux_x86_64;;
    --print*) echo cp311-manylinux_x86_64; echo cp311-musllinux_x86_64; echo cp314t-manylinux_x86_64;;
    --output-dir=*/cibuildwheel-3.toml) echo building; cp "$BUILT"/*313t* ${last#*=};;
    --output-dir=*) mkdir -p ${last#*=}; cp "$BUILT"/*cp311* "$BUILT"/*314t* "$BUILT"/*315* ${last#*=};;
    cp313t-*) echo official:3;;
    cp*) echo official:4; echo official:4;;
esac
"""


@pytest.fixture
def built(tmp_path):
    """Make the wheels that a good run builds; a test may change them."""
    return fakes.wheelhouse(tmp_path / "built", PLATFORM)


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch, built):
    """Make a machine that has an engine and a local image, and pulls what a test lets it pull."""
    uv = program(tmp_path / "uv", UV)
    monkeypatch.setattr(cibuildwheel, "find_uv_bin", lambda: str(uv))
    monkeypatch.setenv("BUILT", str(built))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "315532800")
    for variable in [name for name in os.environ if name.startswith("CIBW_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(cibuildwheel, "ROOT", tmp_path)
    monkeypatch.setattr(wheelhouse, "FOLDER", tmp_path / "wheelhouse")
    monkeypatch.setattr(repository, "copy", lambda to: to.mkdir() or to)
    monkeypatch.setattr(engine, "find", lambda: Engine("podman"))
    monkeypatch.setattr(engine, "able_to_start", lambda engine, name: engine)
    monkeypatch.setattr(Engine, "remove_containers", lambda engine, label: None)
    monkeypatch.setattr(debian_image, "provide", lambda engine, table: "local:1")
    monkeypatch.setattr(options, "toolchain", lambda: "/toolchain")


@pytest.fixture
def pulls(monkeypatch):
    """Return a function that says which images can be pulled; it returns the list of those tried."""
    tried = []

    def let(*names):
        def pull(engine, name):
            tried.append(name)
            return None if name in names else "no such host"

        monkeypatch.setattr(Engine, "pull", pull)
        return tried

    return let


def log(tmp_path):
    return [line.split("|") for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]


def test_both_lines_build_what_they_select_for_this_machine_and_the_wheels_are_collected(
    tmp_path, pulls, cache_folder, capsys
):
    pulls()
    files = cibuildwheel.build([], TABLE)
    assert [file.parent for file in files] == [tmp_path / "wheelhouse"] * len(TABLE.rows)
    assert sorted(file.name for file in files) == sorted(
        path.name for path in (tmp_path / "wheelhouse").iterdir()
    )
    runs = [line for line in log(tmp_path) if line[-1].startswith("--output-dir")]
    assert [line[0] for line in runs] == [
        "cp311-manylinux_x86_64 cp314t-manylinux_x86_64",
        "cp313t-manylinux_x86_64",
    ]
    assert {line[2] for line in runs} == {"315532800"}
    assert [*(cache_folder / "building" / "wheels").iterdir()] == []
    assert f"wheelhouse/{files[0].name}: {files[0].stat().st_size} bytes" in capsys.readouterr().out


def test_old_wheels_give_way(tmp_path, pulls):
    pulls()
    (tmp_path / "wheelhouse").mkdir()
    (tmp_path / "wheelhouse" / f"gil_demo-0.0.1-cp311-abi3-{PLATFORM}.whl").touch()
    (tmp_path / "wheelhouse" / "of a killed run.part").touch()
    assert len(cibuildwheel.build([], TABLE)) == len([*(tmp_path / "wheelhouse").iterdir()])


def test_where_all_official_images_can_be_pulled_they_are_used(tmp_path, pulls, capsys):
    tried = pulls("official:4", "official:3")
    cibuildwheel.build([], TABLE)
    assert tried == ["official:4", "official:3"]
    assert {line[1] for line in log(tmp_path)} == {""}
    assert "Images: official (official:4, official:3)." in capsys.readouterr().out


def test_where_one_cannot_the_local_one_is_taken(tmp_path, pulls, capsys):
    pulls("official:4")
    cibuildwheel.build([], TABLE)
    assert {line[1] for line in log(tmp_path) if line[-1].startswith("--output")} == {"local:1"}
    output = capsys.readouterr().out
    assert "The official images cannot be pulled (no such host)." in output
    assert "Image: local (local:1)." in output


def test_a_forced_local_image_pulls_nothing(tmp_path, pulls):
    tried = pulls("official:4", "official:3")
    cibuildwheel.build(["local"], TABLE)
    assert tried == []
    assert {line[1] for line in log(tmp_path) if line[-1].startswith("--output")} == {"local:1"}


def test_forced_official_images_that_cannot_be_pulled_are_one_sentence(pulls):
    pulls()
    with pytest.raises(
        UserError, match=r"^The official images cannot be pulled \(no such host\): connect .* run"
    ):
        cibuildwheel.build(["official"], TABLE)


@pytest.mark.parametrize("arguments", [["other"], ["official", "local"]])
def test_anything_else_after_the_dashes_is_refused(arguments):
    with pytest.raises(UserError, match=r"; say `nox -s wheels -- \[official\|local\]`\.$"):
        cibuildwheel.build(arguments, TABLE)


@pytest.mark.parametrize("broken", ["missing", "extra"])
def test_other_wheels_than_the_tables_are_refused_and_the_old_ones_stay(tmp_path, pulls, built, broken):
    pulls()
    kept = cibuildwheel.build([], TABLE)[0]
    kept.write_bytes(b"old")
    if broken == "missing":
        next(built.glob("*315*")).unlink()
        fakes.wheel(built, "cp315-cp315", PLATFORM)
    else:
        fakes.wheel(built, "cp314-cp314t.none", PLATFORM)
    with pytest.raises(UserError, match="does not hold what the table"):
        cibuildwheel.build([], TABLE)
    assert kept.read_bytes() == b"old"
    assert len([*kept.parent.iterdir()]) == len(TABLE.rows)


def test_a_failed_build_is_one_sentence_and_the_old_wheels_stay(tmp_path, pulls):
    pulls()
    kept = cibuildwheel.build([], TABLE)
    program(tmp_path / "uv", UV.replace("echo building", "exit 3"))
    with pytest.raises(UserError, match=r"^cibuildwheel with cibuildwheel-3\.toml failed \(status 3\); its"):
        cibuildwheel.build([], TABLE)
    assert all(file.exists() for file in kept)


def test_a_configuration_that_selects_nothing_here_is_told(tmp_path, pulls):
    pulls()
    program(tmp_path / "uv", "echo cp311-musllinux_x86_64")
    with pytest.raises(
        UserError, match=r"^pyproject\.toml selects no manylinux build here: mend its `build`"
    ):
        cibuildwheel.build([], TABLE)


def test_without_a_commit_the_wheels_have_no_date(tmp_path, pulls, monkeypatch):
    pulls()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    with pytest.raises(UserError, match=r"^There is no commit .* set SOURCE_DATE_EPOCH, and run again\.$"):
        cibuildwheel.build([], TABLE)


def test_each_line_has_its_group_and_its_file():
    groups = repository.pyproject()["dependency-groups"]
    for one in cibuildwheel.CONFIGURATIONS:
        assert any(requirement.startswith("cibuildwheel") for requirement in groups[one.group])
        assert (repository.ROOT / one.config).exists()
