import pytest

from workshop.windows import wine

RACE = bytes.fromhex("48837c245000 89c6 750b eb35")
MENDED = bytes.fromhex("48837c245000 89c6 eb0b eb35")
BEFORE, AFTER = bytes(range(256)), b"\x75\x0b\xeb\x35" * 3


@pytest.fixture
def library(tmp_path):
    file = tmp_path / wine.LIBRARY
    file.parent.mkdir(parents=True)
    return file


@pytest.mark.parametrize("found", [RACE, MENDED], ids=["as it comes", "as it was left"])
def test_the_jump_past_the_lock_is_mended_once(found, library, tmp_path, capsys):
    library.write_bytes(BEFORE + found + AFTER)
    wine.mend(tmp_path)
    assert library.read_bytes() == BEFORE + MENDED + AFTER
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("found", [b"", RACE + RACE], ids=["not there", "there twice"])
def test_another_build_is_left_as_it_is_and_that_is_said(found, library, tmp_path, capsys):
    library.write_bytes(BEFORE + found + AFTER)
    wine.mend(tmp_path)
    assert library.read_bytes() == BEFORE + found + AFTER
    assert "left as it is" in capsys.readouterr().out
