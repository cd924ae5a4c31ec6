import io
import sys

from abi_matrix.base import progress


def test_what_an_encoding_lacks_is_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252", newline=""))
    progress.escape_what_cannot_be_printed()
    progress.say("\N{LINK SYMBOL} Found 3.14 é")
    assert raw.getvalue() == b"\\U0001f517 Found 3.14 \xe9\n"


def test_a_stream_that_encodes_nothing_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    progress.escape_what_cannot_be_printed()
    progress.say("\N{LINK SYMBOL}")
    assert sys.stdout.getvalue() == "\N{LINK SYMBOL}\n"
