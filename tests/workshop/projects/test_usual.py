"""The usual way, with programs that write down how they were called."""

import os

import pytest

from matrix.tests.programs import program
from workshop.projects import usual


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Put a uv in place whose environments have programs that log; return a function that reads the log."""
    log = tmp_path / "log"
    says = f'echo "${{0##*/}} $*" >> "{log}"'
    for name in ("python", "pytest"):
        fails = f'case "$PWD $0" in *{name}-fails*) echo "error: no"; exit 1;; esac'
        program(tmp_path / name, f'{says}\n{fails}\necho "$PATH" > "{tmp_path}/path-{name}"')
    copies = f'cp "{tmp_path}/python" "{tmp_path}/pytest" "$last/bin"'
    uv = f"""{says}\nfor last; do :; done
case "$1" in venv) mkdir -p "$last/bin"; {copies};; esac"""
    monkeypatch.setattr(usual, "find_uv_bin", lambda: program(tmp_path / "uv", uv))
    return lambda: log.read_text(encoding="utf-8").replace(str(tmp_path), "").splitlines()


def folder(tmp_path, name="tiny"):
    (tmp_path / name / "it").mkdir(parents=True)
    return tmp_path / name / "it"


def test_each_interpreter_gets_an_environment_an_install_and_a_run(tmp_path, asked):
    run = usual.test("x", folder(tmp_path), {"3.13": "/a", "3.14t": "/b"}, ["pytest", "numpy"], ["tests"])
    options = "--quiet --no-project --seed --clear"
    assert asked() == [
        f"uv venv {options} --python=/a /tiny/venv-3.13",
        "python -m pip install . pytest numpy",
        "pytest tests",
        f"uv venv {options} --python=/b /tiny/venv-3.14t",
        "python -m pip install . pytest numpy",
        "pytest tests",
    ]
    assert run.failed == {}
    assert 0 < run.tests.wall < run.cost.wall
    path = (tmp_path / "path-pytest").read_text(encoding="utf-8")
    assert path.startswith(f"{tmp_path}/tiny/venv-3.14t/bin{os.pathsep}")


@pytest.mark.parametrize(("name", "programs"), [("python-fails", 2), ("pytest-fails", 3)])
def test_a_failure_has_a_reason_and_ends_that_interpreter_alone(tmp_path, asked, name, programs):
    run = usual.test("x", folder(tmp_path, name), {"3.13": "/a", "3.14": "/b"}, ["pytest"], ["tests"])
    assert run.failed == dict.fromkeys(("3.13", "3.14"), "error: no")
    assert len(asked()) == 2 * programs


def test_what_is_needed_is_fetched_by_both_installers(tmp_path, asked):
    usual.fetch({"3.13": "/a"}, ["maturin>=1", "pytest"], tmp_path / "fetched")
    assert asked()[1:] == [
        "python -m pip install --dry-run --ignore-installed maturin>=1 pytest",
        "uv pip install --python=/fetched/3.13/bin/python maturin>=1 pytest",
    ]
