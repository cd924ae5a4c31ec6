import pytest

from abi_matrix.base.errors import UserError
from workshop import repository
from workshop.repository import ROOT
from workshop.testing import hazards

TABLE = repository.table()
ROW = TABLE.rows[0]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(hazards, "FOLDER", tmp_path / "hazards")
    return tmp_path / "hazards"


def test_build_leaves_one_file_outside_dist(folder, capsys, monkeypatch):
    def run_maturin(environment, row, out, *options):
        given.append((environment, row, out, *options))
        out.mkdir(parents=True)
        (out / f"gil_hazards-{repository.version()}-{ROW.tag}-linux.whl").touch()
        return 1

    given = []
    monkeypatch.setattr(hazards, "run_maturin", run_maturin)
    (folder / ROW.tag).mkdir(parents=True)
    (folder / ROW.tag / f"gil_hazards-0.0.1-{ROW.tag}-linux.whl").touch()
    file = hazards.build(ROW, "an environment")
    assert [*(folder / ROW.tag).iterdir()] == [file]
    assert hazards.built(ROW) == file
    assert f"{file.name}: 1 crates compiled" in capsys.readouterr().out
    manifest = f"--manifest-path={ROOT}/crates/hazards/Cargo.toml"
    features = [f"--features={feature}" for feature in hazards.features(ROW.built_with)]
    assert given == [("an environment", ROW, folder / ROW.tag, manifest, *features)]


def test_no_file_is_one_sentence():
    with pytest.raises(UserError, match=f"run `nox -s wheel-{ROW.tag}`"):
        hazards.built(ROW)
