import subprocess
import sys

import pytest

from matrix import identity
from matrix.table import ROOT

SEEN = {
    "python": "3.14t",
    "version": "3.14.7",
    "implementation": "cpython",
    "free_threaded_build": True,
    "gil_before": False,
    "gil_after": False,
    "abi": "cp314t",
    "file": "/venv/site-packages/gil/_gil.cpython-314t-x86_64-linux-gnu.so",
    "site_packages": "/venv/site-packages",
    "suffixes": [".cpython-314t-x86_64-linux-gnu.so", ".abi3.so", ".so"],
}


def test_kept_promises_break_none():
    assert identity.broken_promise(SEEN, "3.14t", "cp314-cp314t", "off") is None


@pytest.mark.claim("I6")
@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"implementation": "pypy"}, "not CPython"),
        ({"python": "3.14"}, "it is 3.14.7, build 3.14, not 3.14t"),
        ({"python": "3.13t", "version": "3.13.15"}, "build 3.13t, not 3.14t"),
        ({"gil_after": True}, "importing gil turned the GIL back on"),
        ({"gil_before": True, "gil_after": True}, "the GIL is on, not off"),
        ({"file": "/tree/src/gil/_gil.abi3.so"}, "was imported from /tree/src/gil/_gil.abi3.so, not from"),
        (
            {"file": "/venv/site-packages/gil/_gil.cpython-313t-x86_64-linux-gnu.so"},
            "none of this interpreter's",
        ),
        ({"abi": "abi3"}, "compiled for abi3, not for cp314t"),
    ],
)
def test_each_broken_promise_is_told(other, sentence):
    assert sentence in identity.broken_promise({**SEEN, **other}, "3.14t", "cp314-cp314t", "off")


def test_the_last_abi_of_a_compressed_tag_is_what_it_was_compiled_for():
    seen = {**SEEN, "python": "3.15", "abi": "abi3t", "gil_before": True, "gil_after": True}
    assert identity.broken_promise(seen, "3.15", "cp315-abi3.abi3t", "on") is None


def test_run_against_an_interpreter_without_gil_it_fails():
    command = [sys.executable, "-I", ROOT / "matrix" / "identity.py", "3.14t", "cp314-cp314t", "off"]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
