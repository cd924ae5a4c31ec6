import struct
import zipfile

import made
import pytest

from abi_matrix.base.errors import BROKEN_FILE, NO_WHEEL_NAME, InputError
from abi_matrix.wheels import files
from abi_matrix.wheels.files import read_sdist, read_wheel


def broken(path):
    with pytest.raises(InputError) as raised:
        read_wheel(path)
    assert raised.value.code == BROKEN_FILE
    assert raised.value.sentence.startswith(f"{path} cannot be read as a wheel; build it again: ")
    return raised.value.sentence.rpartition(": ")[2]


def test_a_wheel_says_what_its_name_and_its_files_say(tmp_path):
    name = "De_mo-1!2.0+local.1-7x-cp311.cp312-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
    wheel = read_wheel(made.wheel(tmp_path, name, requires=">=3.11", tags=["cp311.cp312-abi3-any", "odd"]))
    assert (wheel.project, str(wheel.version), wheel.build) == ("de-mo", "1!2.0+local.1", (7, "x"))
    assert (wheel.abi, wheel.abis, len(wheel.tags)) == ("cp311.cp312-abi3", {"abi3"}, 4)
    assert wheel.tags_inside == {"cp311-abi3-any", "cp312-abi3-any", "odd"}
    assert wheel.info == "De_mo-1!2.0+local.1.dist-info"
    assert (wheel.serves((3, 10)), wheel.serves((3, 11))) == (False, True)


@pytest.mark.parametrize(
    "name", ["demo.whl", "demo-1.0-py3-none.whl", "demo-x-py3-none-any.whl", "a b-1-py3-none-any.whl"]
)
def test_what_has_no_wheels_name_is_one_sentence(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=rf"^{NO_WHEEL_NAME} .* has no name of a wheel; build it again: "):
        read_wheel(tmp_path / name)


def test_what_has_no_sdists_name_is_one_sentence(tmp_path):
    assert str(read_sdist(tmp_path / "de_mo-1.0.tar.gz").version) == "1.0"
    with pytest.raises(InputError, match=rf"^{NO_WHEEL_NAME} .*[/\\]demo\.tar\.gz has no name of an sdist"):
        read_sdist(tmp_path / "demo.tar.gz")


NAME = "demo-1.0-py3-none-any.whl"


def test_what_is_no_zip_or_was_cut_off_is_one_sentence(tmp_path):
    file = tmp_path / NAME
    file.write_bytes(b"")
    assert broken(file) == "File is not a zip file"
    whole = made.wheel(tmp_path, NAME, {"demo/data": bytes(range(256)) * 64}).read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert broken(file) == "File is not a zip file"


def test_a_wheel_without_its_metadata_is_one_sentence(tmp_path):
    with zipfile.ZipFile(tmp_path / NAME, "w") as archive:
        archive.writestr("demo-1.0.dist-info/WHEEL", "")
    assert "no item named 'demo-1.0.dist-info/METADATA'" in broken(tmp_path / NAME)


def test_a_wheel_with_two_dist_infos_is_one_sentence(tmp_path):
    made.wheel(tmp_path, NAME, {"other-1.0.dist-info/WHEEL": b""})
    assert broken(tmp_path / NAME) == "it has 2 folders .dist-info instead of one"


def test_metadata_without_end_is_not_read_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_LONGEST", 100_000)
    with zipfile.ZipFile(tmp_path / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("demo-1.0.dist-info/WHEEL", b"\0" * 100_001)
        archive.writestr("demo-1.0.dist-info/METADATA", b"")
    assert broken(tmp_path / NAME).endswith("WHEEL has more than 100000 bytes")


def test_data_that_was_changed_is_one_sentence(tmp_path):
    file = made.wheel(tmp_path, NAME)
    data = file.read_bytes().replace(b"Wheel-Version: 1.0", b"Wheel-Version: 9.0", 1)
    file.write_bytes(data)
    assert broken(file).startswith("Bad CRC-32")


def test_an_encrypted_file_is_one_sentence(tmp_path):
    file = made.wheel(tmp_path, NAME)
    data = bytearray(file.read_bytes())
    at = data.rfind(b"PK\1\2", 0, data.rfind(b"/WHEEL"))
    data[at + 8 : at + 10] = struct.pack("<H", 1)  # the flag in the directory's entry
    file.write_bytes(data)
    assert "encrypted" in broken(file)


def test_ten_thousand_entries_are_read_in_no_time(tmp_path):
    wheel = read_wheel(made.wheel(tmp_path, NAME, {f"demo/{number}.txt": b"" for number in range(10_000)}))
    assert len(wheel.members) == 10_003
