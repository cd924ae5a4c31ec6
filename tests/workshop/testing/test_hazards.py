import pytest

from matrix import table, wheels
from matrix.errors import UserError
from matrix.table import ROOT
from tests.workshop.programs import program
from workshop.testing import hazards

TABLE = table.load()
WHEEL = TABLE.wheels[0]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(hazards, "FOLDER", tmp_path / "hazards")
    return tmp_path / "hazards"


def maturin(tmp_path, script):
    return str(program(tmp_path / "maturin", script))


GOOD = f"""
echo "   Compiling gil-hazards v1"; echo "$8 $9"; mkdir -p "$6"
touch "$6/gil_hazards-{wheels.version()}-{WHEEL.tag}-linux.whl"
"""


def test_build_leaves_one_file_outside_dist(tmp_path, folder, capsys):
    (folder / WHEEL.tag).mkdir(parents=True)
    (folder / WHEEL.tag / f"gil_hazards-0.0.1-{WHEEL.tag}-linux.whl").touch()
    file = hazards.build(WHEEL, "/python", maturin(tmp_path, GOOD))
    assert [*(folder / WHEEL.tag).iterdir()] == [file]
    assert hazards.built(WHEEL) == file
    output = capsys.readouterr().out
    assert f"{file.name}: 1 crates compiled" in output
    assert (
        f"--manifest-path={ROOT}/crates/hazards/Cargo.toml --features={wheels.features(WHEEL.built_with)[0]}"
        in output
    )


def test_no_file_is_one_sentence():
    with pytest.raises(UserError, match=f"run `nox -s wheel-{WHEEL.tag}`"):
        hazards.built(WHEEL)
