from abi_matrix.config.metadata import manifests


def test_the_nearest_come_first_and_none_lies_deeper_than_two_folders(tmp_path):
    for folder in ("", "b", "a", "src/core", "src/core/deep"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "Cargo.toml").touch()
    found = [path.parent.relative_to(tmp_path).as_posix() for path in manifests(tmp_path)]
    assert found == [".", "a", "b", "src/core"]


def test_without_a_crate_there_is_none(tmp_path):
    assert not any(manifests(tmp_path))
