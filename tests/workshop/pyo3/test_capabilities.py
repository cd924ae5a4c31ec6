import sys
from pathlib import Path

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config import rows
from abi_matrix.interpreters import local
from abi_matrix.interpreters.names import parse
from matrix.tests.programs import program
from workshop import repository
from workshop.pyo3 import capabilities

LINUX = "x86_64-linux-gnu.so"
SEEN = {
    "3.11": (None, [f".cpython-311-{LINUX}", ".abi3.so", ".so"]),
    "3.15": (
        0,
        [f".cpython-315-{LINUX}", f".abi3-{LINUX}", ".abi3.so", f".abi3t-{LINUX}", ".abi3t.so", ".so"],
    ),
    "3.13t": (1, [f".cpython-313t-{LINUX}", ".abi3.so", ".so"]),
    "3.14t": (1, [f".cpython-314t-{LINUX}", ".abi3.so", ".so"]),
    "3.15t": (1, [f".cpython-315t-{LINUX}", f".abi3t-{LINUX}", ".abi3t.so", ".so"]),
    # Python/dynload_win.c, the same in all versions
    "3.14 on Windows": (None, [".cp314-win_amd64.pyd", ".pyd"]),
    "3.14t on Windows": (1, [".cp314t-win_amd64.pyd", ".pyd"]),
    "3.15 on Windows": (0, [".cp315-win_amd64.pyd", ".pyd"]),
    "3.15t on Windows": (1, [".cp315t-win_amd64.pyd", ".pyd"]),
    # As far as is known there is none such.
    "3.12 of its own kind": (None, [".cpython-312.so"]),
}
BOTH, NEITHER, ONLY_FILE, ONLY_WHEEL = (
    {"wheel": wheel, "file": file}
    for wheel, file in ((True, True), (False, False), (False, True), (True, False))
)


def interpreter(python):
    disabled, suffixes = SEEN[python]
    name = python.split()[0]
    return {
        "python": name, "executable": f"/usr/bin/python{name}", "version": f"{name.removesuffix('t')}.7",
        "implementation": "cpython", "free_threaded": bool(disabled), "gil_disabled": disabled,
        "suffixes": suffixes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("python", "abi3", "abi3t"),
    [
        ("3.11", BOTH, NEITHER),
        ("3.15", BOTH, ONLY_FILE),
        ("3.13t", ONLY_FILE, NEITHER),
        ("3.14t", ONLY_FILE, NEITHER),
        ("3.15t", NEITHER, BOTH),
        ("3.14 on Windows", BOTH, NEITHER),
        ("3.14t on Windows", ONLY_FILE, NEITHER),
        ("3.15 on Windows", BOTH, ONLY_FILE),
        ("3.15t on Windows", ONLY_FILE, BOTH),
        ("3.12 of its own kind", ONLY_WHEEL, NEITHER),
    ],
)
def test_stable_abis_tell_wheels_from_files(python, abi3, abi3t):
    assert capabilities.stable_abis(interpreter(python)) == {"abi3": abi3, "abi3t": abi3t}


def test_ask_lets_an_interpreter_describe_itself():
    asked = capabilities.ask(sys.executable)
    assert (asked["python"], asked["executable"]) == (rows.this_python(), sys.executable)


@pytest.mark.parametrize(
    ("python", "remedy"),
    [
        ("3.14t", r"run `nox -s provision -- 3\.14t`, or give a path"),
        ("3.99", r"run `uv python install 3\.99`, or give a path"),
        ("/nowhere/python", "give another path"),
    ],
)
def test_no_interpreter_is_one_sentence_with_what_provides_it(monkeypatch, python, remedy):
    monkeypatch.setattr(capabilities, "search", lambda name: None)
    with pytest.raises(UserError, match=rf"^There is no interpreter {python} here: {remedy}\.$"):
        capabilities.ask(python)


@pytest.mark.parametrize("script", ["exit 1", "echo no json", "echo '{}'"])
def test_what_is_no_python_is_one_sentence(tmp_path, script):
    path = program(tmp_path / "python", script)
    with pytest.raises(UserError, match="does not answer as a Python does"):
        capabilities.ask(str(path))


def test_another_implementation_is_refused_in_one_sentence(monkeypatch):
    facts, result = local.probe(Path(sys.executable))
    monkeypatch.setattr(local, "probe", lambda *_, **__: ([{**facts[0], "implementation": "pypy"}], result))
    with pytest.raises(UserError, match=r" is pypy, and .* CPython only: give another with --python\.$"):
        capabilities.ask(sys.executable)


def test_our_build_is_a_row_of_the_table():
    for python, tag, features, env in (
        ("3.11", "cp311-abi3", ["pyo3/abi3-py311"], []),
        ("3.13t", "cp313-cp313t", [], ["UNSAFE_PYO3_SKIP_VERSION_CHECK=1"]),
        ("3.15t", "cp315-abi3.abi3t", ["pyo3/abi3t-py315"], []),
    ):
        ours = capabilities.our_build(python)
        assert (ours["wheel"], ours["features"], ours["env"]) == (tag, features, env)


def test_our_build_refuses_in_the_backends_sentence():
    major, newest = max(parse(python).version for python in repository.table().interpreters)
    refused = capabilities.our_build(f"{major}.{newest + 1}")["refused"]
    assert refused.startswith(f"gil-demo is not built with Python {major}.{newest + 1}")


@pytest.mark.parametrize("python", SEEN)
def test_all_about_one_fits_in_eighty_columns(python, monkeypatch, capsys):
    monkeypatch.setattr(capabilities, "ask", interpreter)
    capabilities.main(["--python", python])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:1] == ["wheel"] for line in lines)


def test_the_comparison_has_a_row_an_interpreter(monkeypatch, capsys):
    monkeypatch.setattr(capabilities, "ask", lambda python: interpreter(python if python in SEEN else "3.15"))
    capabilities.main([])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    [row] = (line for line in lines if line.startswith("3.13t"))
    assert " ".join(row.split()) == "3.13t 0.23 to 0.28 0.22, 0.29 to 0.30 none cp313-cp313t !"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["--python"], "expected one argument"), (["--help", "3.14"], "^--help 3.14 is not understood")],
)
def test_what_is_not_understood_is_one_sentence_with_the_usage(arguments, reason):
    with pytest.raises(
        UserError, match=rf"{reason}.*; say `nox --no-dependencies -s build-limits -- pyo3 \[--python"
    ):
        capabilities.main(arguments)
