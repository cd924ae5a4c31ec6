"""What a session promises by its name is looked at before its tests; matrix/tests has the details."""

from pathlib import Path

import pytest

from abi_matrix.testing import identity

FACTS = {"implementation": "cpython", "version": "3.14.7", "free_threaded": True, "gil": False}
IMPORT = {
    "module": "gil._gil",
    "file": "/venv/gil/_gil.cpython-314t-x86_64-linux-gnu.so",
    "gil": False,
    "of_the_wheel": True,
}


@pytest.mark.claim("I6")
@pytest.mark.parametrize(
    ("facts", "imported", "sentence"),
    [
        ({"version": "3.13.15"}, {}, "it is cpython 3.13.15"),
        ({"free_threaded": False}, {}, "a standard build"),
        ({}, {"gil": True}, "importing gil._gil turned the GIL on"),
        (
            {},
            {"file": "/clone/src/gil/_gil.abi3.so"},
            "was imported from /clone/src/gil/_gil.abi3.so, not from",
        ),
    ],
)
def test_a_session_of_another_interpreter_build_or_file_is_told(facts, imported, sentence):
    promised = ("3.14t", "off", Path("/venv"))
    assert identity.broken_promise(FACTS, [IMPORT], *promised) is None
    assert sentence in identity.broken_promise({**FACTS, **facts}, [{**IMPORT, **imported}], *promised)
