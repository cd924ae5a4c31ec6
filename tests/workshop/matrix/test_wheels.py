import re

import pytest

from build_backend import gil_reproducible
from matrix import wheels
from matrix.errors import UserError
from matrix.table import Wheel
from tests.workshop.fakes import TABLE
from tests.workshop.programs import program

WHEEL = Wheel("cp314-cp314t", "3.14t", ("3.14t",), {"HATCH": "1"})


@pytest.fixture
def dist(tmp_path, monkeypatch):
    monkeypatch.setattr(wheels, "DIST", tmp_path / "dist")
    monkeypatch.setattr(wheels, "refuse_strays", lambda package: None)
    monkeypatch.setattr(gil_reproducible, "write_sbom", lambda *arguments: None)
    return tmp_path / "dist"


def maturin(tmp_path, script):
    return str(program(tmp_path / "maturin", script))


GOOD = f"""
echo "   Compiling one v1"; echo "   Compiling two v2"; echo "$HATCH $CARGO_TARGET_DIR" >&2
touch "$6/gil_demo-{wheels.version()}-cp314-cp314t-linux.whl"
"""


def test_build_replaces_the_old_file_counts_crates_and_sets_the_rows_variables(dist, tmp_path, capsys):
    dist.mkdir()
    (dist / "gil_demo-0.0.1-cp314-cp314t-linux.whl").touch()
    (dist / "gil_demo-0.0.1-cp311-abi3-linux.whl").touch()
    built = wheels.build(WHEEL, "/python", maturin(tmp_path, GOOD))
    assert sorted(path.name for path in dist.iterdir()) == ["gil_demo-0.0.1-cp311-abi3-linux.whl", built.name]
    output = capsys.readouterr().out
    assert f"{built.name}: 2 crates compiled" in output
    assert re.search(r"(?m)^1 .*target.cp314-cp314t$", output)
    assert wheels.built(WHEEL) == built


def test_maturin_compresses_as_much_as_it_can(dist, tmp_path, capsys):
    wheels.build(WHEEL, "/python", maturin(tmp_path, GOOD + 'echo "$@"'))
    assert gil_reproducible.COMPRESSION in capsys.readouterr().out


def test_a_failed_build_keeps_the_old_file(dist, tmp_path):
    built = wheels.build(WHEEL, "/python", maturin(tmp_path, GOOD))
    with pytest.raises(UserError, match="maturin build` failed"):
        wheels.build(WHEEL, "/python", maturin(tmp_path, "exit 1"))
    assert [*dist.iterdir()] == [built]


def test_a_wheel_of_another_tag_is_refused(dist, tmp_path):
    script = 'touch "$6/gil_demo-0.1.0-cp314-cp314-linux.whl"'
    with pytest.raises(
        UserError, match=r"gave gil_demo-.*cp314-cp314-.*, but the table's row is cp314-cp314t"
    ):
        wheels.build(WHEEL, "/python", maturin(tmp_path, script))
    assert [*dist.iterdir()] == []


def test_no_wheel_is_one_sentence(dist):
    with pytest.raises(UserError, match="run `nox -s wheel-cp314-cp314t`"):
        wheels.built(WHEEL)


def test_no_rust_is_one_sentence(dist, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"cargo is not on PATH: install Rust from"):
        wheels.build(WHEEL, "/python", "maturin")


def test_flags_of_the_user_that_cargo_cannot_use_are_one_sentence(dist, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RUSTFLAGS", "--no-such-flag")
    with pytest.raises(UserError, match=r"^`cargo check` failed; its messages are above\.$"):
        wheels.build(WHEEL, "/python", maturin(tmp_path, GOOD))
    assert "no-such-flag" in capfd.readouterr().err
    assert [*dist.iterdir()] == []


def test_maturin_gets_the_flags_of_the_user(dist, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RUSTFLAGS", "--cfg a_users")
    wheels.build(WHEEL, "/python", maturin(tmp_path, GOOD + 'echo "$CARGO_ENCODED_RUSTFLAGS"'))
    assert "--cfg\x1fa_users\x1f--remap-path-prefix=" in capsys.readouterr().out


@pytest.mark.parametrize("wheel", TABLE.wheels, ids=lambda wheel: wheel.tag)
def test_features_have_the_stable_abi_of_their_row(wheel):
    [feature] = wheels.features(wheel.built_with)
    assert ("abi3t" in feature) is ("abi3t" in wheel.tag)


@pytest.mark.parametrize("name", ["_gil.abi3.so", "_gil.pyd"])
def test_a_stray_extension_is_named(tmp_path, name):
    package = tmp_path / "src" / "gil"
    package.mkdir(parents=True)
    wheels.refuse_strays(package)
    (package / name).touch()
    with pytest.raises(UserError, match=rf"`rm src/gil/{name}`"):
        wheels.refuse_strays(package)
