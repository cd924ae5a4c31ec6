import subprocess
import sys
from pathlib import Path

import made
import pytest
from packaging import tags

from abi_matrix.base.errors import MISSING_INTERPRETER, InputError
from abi_matrix.checking import proof
from abi_matrix.config import rows
from abi_matrix.interpreters import local, names
from abi_matrix.wheels import installers
from abi_matrix.wheels.folder import collect
from abi_matrix.wheels.installers import InstallerError
from abi_matrix.wheels.modules import Module

HERE = names.parse(rows.this_python())
EXECUTABLE = Path(sys.executable)
TAG = f"{HERE.tag}-{HERE.abi}-{next(tags.platform_tags())}"


@pytest.fixture
def prove(tmp_path, monkeypatch):
    """Return a function that proves one wheel, with installers that take what the test says: it, else."""

    def prove(code, takes=f"demo-1.0-{TAG}.whl", **changes):
        made.wheel(tmp_path, f"demo-1.0-{TAG}.whl", {"demo.py": code.encode()}, **changes)
        monkeypatch.setattr(local, "find", lambda interpreter: EXECUTABLE)
        for by in ("by_pip", "by_uv"):
            monkeypatch.setattr(installers, by, lambda *_: takes)
        return proof.prove(collect([tmp_path]), [HERE], asked=True)

    return prove


# Stands in for a free-threaded interpreter, which only few machines have.
FREE = [{"gil": False}, *({"module": name, "file": f"/x/{name}.so", "gil": name != "a"} for name in "abc")]


@pytest.fixture
def imported(monkeypatch):
    """Return a function that lets the import of these modules show this, without any installation."""

    def imported(names, lines):
        monkeypatch.setattr(
            proof, "importable", lambda wheel: [Module(name, {"": f"{name}.so"}) for name in names]
        )
        monkeypatch.setattr(installers, "install", lambda *_: EXECUTABLE)
        monkeypatch.setattr(local, "probe", lambda *_: ([dict(line) for line in lines], None))

    return imported


def test_the_real_installers_confirm_what_is_computed(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "find", lambda interpreter: EXECUTABLE)
    made.wheels(tmp_path, TAG, "py3-none-any", "cp399-cp399-win32")
    report = proof.prove(collect([tmp_path]), [HERE], asked=True)
    name = f"demo-1.0-{TAG}.whl"
    assert report.findings == []
    assert report.unchecked == []
    (said,) = report.proofs
    assert (said["interpreter"], said["computed"], said["pip"], said["uv"]) == (HERE.name, name, name, name)
    assert [line["module"] for line in said["imported"]] == ["demo"]


@pytest.mark.parametrize("by", [installers.by_uv, installers.by_pip])
def test_an_installer_that_fails_is_no_answer(tmp_path, by):
    with pytest.raises(InstallerError):
        by(tmp_path, "demo", Path("/no/such/python"))


# What pip 26.3 says last if no tag fits, and if a tag fits but Requires-Python does not.
@pytest.mark.parametrize(
    "words",
    [
        "ERROR: No matching distribution found for demo",
        "ERROR: Package 'demo' requires a different Python: 3.14.7",
    ],
)
def test_pip_taking_nothing_is_an_answer(monkeypatch, words):
    monkeypatch.setattr(installers, "_run", lambda *_: subprocess.CompletedProcess((), 1, "", words))
    assert installers.by_pip(Path(), "demo", EXECUTABLE) is None


def test_uv_taking_nothing_is_an_answer(tmp_path):
    made.wheels(tmp_path, "cp399-cp399-win32")
    assert installers.by_uv(tmp_path, "demo", EXECUTABLE) is None


def test_an_installer_that_takes_another_file_is_named(prove, imported, tmp_path):
    imported("a", FREE[:2])
    other = made.wheel(tmp_path, "demo-1.0-py3-none-any.whl").name
    report = prove("", takes=other)
    assert [(finding.code, finding.sentence) for finding in report.findings] == [
        (
            "AM201",
            f"{by} takes {other} for {HERE.name}, the order of tags says demo-1.0-{TAG}.whl.",
        )
        for by in ("pip", "uv")
    ]


@pytest.mark.parametrize(
    ("code", "deadline", "words"),
    [
        ("raise ImportError('libfoo is not there')", 60, "ImportError: libfoo is not there"),
        ("import os; os._exit(3)", 60, "status 3"),
        ("import time; time.sleep(60)", 0.6, "did not end within 0.6 s"),
    ],
)
def test_what_cannot_be_imported_is_named(prove, monkeypatch, code, deadline, words):
    probe = local.probe
    monkeypatch.setattr(local, "probe", lambda file, modules: probe(file, modules, deadline))
    (finding,) = prove(code).findings
    assert finding.code == "AM202"
    assert finding.sentence == f"{HERE.name} cannot import demo of demo-1.0-{TAG}.whl: {words}"


def test_the_import_that_turns_the_gil_on_is_named(prove, imported):
    imported("abc", FREE)
    (finding,) = prove("").findings
    assert (finding.code, finding.sentence) == (
        "AM106", f"Importing b of demo-1.0-{TAG}.whl turns the GIL on in {HERE.name}.",
    )  # fmt: skip


def test_imports_that_leave_the_gil_off_are_no_finding(prove, imported):
    imported("a", FREE[:2])
    assert prove("").findings == []


@pytest.mark.parametrize(("file", "what"), [(None, "a folder"), ("/x/a.py", "a.py")])
def test_something_else_of_the_modules_name_is_not_the_module(prove, imported, file, what):
    imported("a", [FREE[0], {**FREE[1], "file": file}])
    (finding,) = prove("").findings
    assert finding.sentence == f"{HERE.name} cannot import a of demo-1.0-{TAG}.whl: what is there is {what}"


def test_dependencies_that_cannot_be_had_leave_the_import_unchecked(prove, monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    report = prove("", link="no-such-project-of-abi-matrix")
    assert report.findings == []
    (sentence,) = report.unchecked
    assert sentence.startswith(
        f"Whether {HERE.name} can import demo-1.0-{TAG}.whl, which could not be installed: uv: "
    )


def test_interpreters_that_are_missing_are_not_checked_or_an_error_if_asked_for(tmp_path, monkeypatch):
    made.wheels(tmp_path, "cp399-cp399-win32")
    files, wanted = collect([tmp_path]), [HERE, names.parse("3.99")]
    monkeypatch.setattr(local, "find", lambda interpreter: EXECUTABLE if interpreter == HERE else None)
    for by in ("by_pip", "by_uv"):
        monkeypatch.setattr(installers, by, lambda *_: None)
    assert proof.prove(files, wanted, asked=False).unchecked == [
        "What 3.99 really gets: not on this machine.",
        "Whether anything can be imported: nothing here is for this machine.",
    ]
    for interpreters, asked in ((wanted, True), (wanted[1:], False)):
        with pytest.raises(
            InputError, match=rf"{MISSING_INTERPRETER} This machine has no 3\.99: `uv python install"
        ):
            proof.prove(files, interpreters, asked=asked)
