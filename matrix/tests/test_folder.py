import made
import pytest

from abi_matrix.base import errors
from abi_matrix.base.errors import InputError
from abi_matrix.wheels.folder import collect


def refused(code, *paths):
    with pytest.raises(InputError) as raised:
        collect(paths)
    assert raised.value.code == code
    return raised.value.sentence


def test_wheels_and_sdists_are_taken_from_folders_and_by_name(tmp_path):
    made.wheels(tmp_path / "a", "cp39-abi3", "cp314-cp314t")
    made.sdist(tmp_path / "a", "demo-1.0")
    (tmp_path / "a" / "notes.txt").touch()
    (tmp_path / "a" / "folder.whl").mkdir()
    other = made.wheel(tmp_path / "b", "Demo-1.1-py3-none-any.whl")
    files = collect([tmp_path / "a", other])
    assert (files.project, len(files.wheels), len(files.sdists)) == ("demo", 3, 1)
    assert [str(version) for version in files.versions] == ["1.1", "1.0"]


def test_a_folder_without_wheels_is_one_sentence(tmp_path):
    sentence = f"There is no wheel in {tmp_path}: build some first, or name the folder that has them."
    assert refused(errors.NO_WHEELS, tmp_path) == sentence
    made.sdist(tmp_path, "demo-1.0")
    sentence = f"There is no wheel in {tmp_path}, only an sdist, which every interpreter has to build: "
    assert refused(errors.NO_WHEELS, tmp_path).startswith(sentence)


def test_wheels_in_folders_below_are_pointed_at(tmp_path):
    made.wheels(tmp_path / "artifact-1", "cp39-abi3")
    assert refused(errors.NO_WHEELS, tmp_path).endswith(f"name these ({tmp_path / 'artifact-1'} ...).")


def test_files_of_several_projects_are_one_sentence(tmp_path):
    made.wheel(tmp_path, "demo-1.0-py3-none-any.whl")
    made.wheel(tmp_path, "other-1.0-py3-none-any.whl")
    sentence = "These are files of 2 projects (demo, other): check one at a time."
    assert refused(errors.SEVERAL_PROJECTS, tmp_path) == sentence


def test_the_same_name_twice_is_one_sentence(tmp_path):
    one = made.wheel(tmp_path / "a", "demo-1.0-py3-none-any.whl")
    two = made.wheel(tmp_path / "b", "demo-1.0-py3-none-any.whl")
    sentence = f"{one} and {two} have the same name: keep the one that is to be published."
    assert refused(errors.SAME_NAME, tmp_path / "a", tmp_path / "b") == sentence
    assert len(collect([one, one, tmp_path / "a"]).wheels) == 1


def test_what_is_no_distribution_is_one_sentence(tmp_path):
    (tmp_path / "notes.txt").touch()
    assert refused(errors.NO_WHEEL_NAME, tmp_path / "notes.txt").endswith("name *.whl or *.tar.gz.")
