import json
import sys
import sysconfig
import zipfile
from pathlib import Path

import made
import pytest
from programs import program

from abi_matrix.base.errors import UserError
from abi_matrix.config import rows
from abi_matrix.provisioning.environments import environment
from abi_matrix.testing import identity
from abi_matrix.testing.lanes import Lane

FOLDER = Path("/venv")
FACTS = {"implementation": "cpython", "version": "3.14.7", "free_threaded": True, "gil": False}
IMPORT = {
    "module": "demo._core",
    "file": "/venv/lib/demo/_core.cpython-314t-x86_64-linux-gnu.so",
    "gil": False,
    "of_the_wheel": True,
}


def broken(facts=(), imported=(), python="3.14t", gil="off"):
    return identity.broken_promise(
        {**FACTS, **dict(facts)}, [{**IMPORT, **dict(imported)}], python, gil, FOLDER
    )


def test_kept_promises_break_none():
    assert broken() is None
    assert broken({"free_threaded": False, "gil": True}, {"gil": True}, "3.14", "on") is None


@pytest.mark.parametrize(
    ("facts", "imported", "sentence"),
    [
        ({"implementation": "pypy"}, {}, "it is pypy 3.14.7, a free-threaded build"),
        ({"free_threaded": False}, {}, "it is cpython 3.14.7, a standard build"),
        ({"version": "3.13.15"}, {}, "it is cpython 3.13.15"),
        ({"version": "3.1.4"}, {}, "it is cpython 3.1.4"),
        ({"gil": True}, {}, "the GIL is on, not off"),
        ({}, {"gil": True}, "importing demo._core turned the GIL on"),
        ({}, {"of_the_wheel": False}, "demo._core was imported from /venv/lib/demo/_core"),
        ({}, {"error": "ImportError: no"}, "demo._core cannot be imported: ImportError: no"),
        (
            {},
            {"file": "/clone/src/demo/_core.abi3.so"},
            "was imported from /clone/src/demo/_core.abi3.so, not",
        ),
    ],
)
def test_each_broken_promise_is_told(facts, imported, sentence):
    assert sentence in broken(facts, imported)


HERE = rows.this_python()
LANE = Lane("default", "off" if HERE.endswith("t") else "on", env={"PYTHON_GIL": None})


@pytest.fixture
def installed(tmp_path):
    """Install a wheel whose extension module is only called so, and so cannot be loaded."""
    members = {"demo/_core.abi3.so": b"PyInit__core PyModuleDef_Init"}
    [file] = made.wheels(tmp_path / "dist", "cp311-abi3-any", members=members).iterdir()
    made_in = environment(tmp_path, "venv", sys.executable)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(
            sysconfig.get_path("platlib", vars={"base": made_in.folder, "platbase": made_in.folder})
        )
    return identity.Installed(HERE, made_in, file)


def test_a_module_that_cannot_be_loaded_is_told(installed, tmp_path):
    with pytest.raises(
        UserError, match=rf"^This session promises {HERE} with .*, but demo._core cannot be imported"
    ):
        identity.require(installed, LANE, tmp_path / "report.json")
    assert not (tmp_path / "report.json").exists()


def test_what_is_as_promised_is_said_and_kept(installed, tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "importable", lambda wheel: [])
    line = identity.require(installed, LANE, tmp_path / "report.json")
    assert line.startswith(f"CPython {sys.version.split()[0]} ")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["line"] == line


def test_an_interpreter_that_does_not_run_is_told(installed, tmp_path, monkeypatch):
    installed.environment.python.unlink()
    program(installed.environment.python, "echo no >&2; exit 1")
    with pytest.raises(UserError, match="does not run: no"):
        identity.require(installed, LANE, tmp_path / "report.json")
