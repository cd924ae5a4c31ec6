from types import SimpleNamespace

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config.table import Row
from build_backend import gil_reproducible
from matrix.tests.programs import program
from tests.workshop.fakes import TABLE
from workshop import extension

ROW = Row("cp314-cp314t", "3.14t", ("3.14t",), {"HATCH": "1"})
SAYS = 'echo "   Compiling one v1"; echo "   Compiling two v2"; echo "$HATCH $CARGO_TARGET_DIR $@"'


def environment(tmp_path, script):
    """Return what stands in for a build's environment: a maturin and a Python of a few lines of shell."""
    program(tmp_path / "maturin", script)
    program(tmp_path / "python", "echo /base/python")
    variables = lambda more: {**gil_reproducible.os.environ, **more}  # noqa: E731
    return SimpleNamespace(scripts=tmp_path, python=tmp_path / "python", variables=variables)


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(extension, "ROOT", tmp_path)
    return tmp_path


def test_maturin_gets_the_base_interpreter_the_rows_variables_and_its_target_folder(tmp_path, capsys):
    crates = extension.run_maturin(environment(tmp_path, SAYS), ROW, tmp_path / "out", "--more")
    assert crates == 2
    options = f"build --release --interpreter=/base/python --out={tmp_path / 'out'} --more"
    assert f"1 {tmp_path / 'target' / 'cp314-cp314t'} {options}\n" in capsys.readouterr().out


def test_a_failed_build_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="maturin build` failed"):
        extension.run_maturin(environment(tmp_path, "exit 1"), ROW, tmp_path)


def test_no_rust_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"cargo is not on PATH: install Rust from"):
        extension.run_maturin(environment(tmp_path, SAYS), ROW, tmp_path)


def test_flags_of_the_user_that_cargo_cannot_use_are_one_sentence(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RUSTFLAGS", "--no-such-flag")
    with pytest.raises(UserError, match=r"^`cargo check` failed; its messages are above\.$"):
        extension.run_maturin(environment(tmp_path, SAYS), ROW, tmp_path)
    assert "no-such-flag" in capfd.readouterr().err


def test_maturin_gets_the_flags_of_the_user(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RUSTFLAGS", "--cfg a_users")
    extension.run_maturin(environment(tmp_path, 'echo "$CARGO_ENCODED_RUSTFLAGS"'), ROW, tmp_path)
    assert "--cfg\x1fa_users\x1f--remap-path-prefix=" in capsys.readouterr().out


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.tag)
def test_features_have_the_stable_abi_of_their_row(row):
    [feature] = extension.features(row.built_with)
    assert ("abi3t" in feature) is ("abi3t" in row.tag)
