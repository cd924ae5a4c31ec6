"""The order of a trial: both ways in turns, on the interpreters that have a row."""

import hashlib
import json
import tarfile
from types import SimpleNamespace

import pytest

from abi_matrix.base import cache
from abi_matrix.base.errors import UserError
from abi_matrix.config import table as config
from workshop.projects import newcomer, sdists, trial, usual
from workshop.projects.measuring import Cost
from workshop.projects.newcomer import Started
from workshop.projects.outcomes import Run
from workshop.projects.sdists import Sdist

PYPROJECT = """\
[build-system]
requires = ["maturin"]
[dependency-groups]
test = ["pytest>=9"]
"""
PYTHONS = {"3.13": "/a", "3.15t": "/c"}


@pytest.fixture
def file(tmp_path):
    """Write an sdist of next to nothing."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    with tarfile.open(tmp_path / "tiny-1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "pyproject.toml", "tiny-1.0/pyproject.toml")
    return tmp_path / "tiny-1.0.tar.gz"


@pytest.fixture
def done(monkeypatch):
    """Let both ways do nothing, and return the list of what was asked of them."""
    asked = []

    def init(project, tools, needs):
        rows = (config.Row("cp313-cp313", "3.13", ("3.12", "3.13")),)
        table = config.Table(project, rows, tests=config.Tests(groups=("test",), folders=("it",)))
        return Started(table, "noxfile.py", {"noxfile.py": 3}, ("3.15t: too new.",))

    def ours(what, started, pythons, tools):
        (started.table.root / "dist").mkdir(exist_ok=True)
        (started.table.root / "dist" / "tiny-1.0-cp313-cp313-any.whl").touch()
        asked.append((what, pythons))
        return Run(Cost(1, 1), {}, Cost())

    def theirs(what, project, executables, needs, folders):
        asked.append((what, [*executables], needs, folders))
        return Run(Cost(2, 2), dict.fromkeys(executables, "no") if "3.15t" in executables else {}, Cost())

    monkeypatch.setattr(newcomer, "install", lambda folder: folder / "tools")
    monkeypatch.setattr(newcomer, "init", init)
    monkeypatch.setattr(newcomer, "test", ours)
    monkeypatch.setattr(usual, "test", theirs)
    monkeypatch.setattr(usual, "fetch", lambda executables, needs, folder: asked.append(("fetch", needs)))
    return asked


def test_both_ways_take_turns_on_what_has_a_row(file, done, tmp_path):
    found = trial.tried(Sdist("tiny", "1.0", "", ("x",)), file, PYTHONS, tmp_path, tmp_path / "work")
    assert done == [
        ("fetch", ["maturin", "pytest>=9"]),
        ("tiny, cold, abi-matrix", ["3.13"]),
        ("tiny, cold, the usual way", ["3.13"], ("pytest>=9",), ("it",)),
        ("tiny, warm, abi-matrix", ["3.13"]),
        ("tiny, warm, the usual way", ["3.13"], ("pytest>=9",), ("it",)),
        ("tiny, the usual way", ["3.15t"], ("pytest>=9",), ("it",)),
    ]
    assert (found.cold, found.warm, found.by_hand) == (0.5, 0.5, ("x",))
    assert found.wheels == ("tiny-1.0-cp313-cp313-any.whl",)
    assert found.outcomes["3.15t"].reason == "too new."
    assert found.without_row == {"3.15t": "no"}


@pytest.fixture
def session(tmp_path, monkeypatch, file):
    """Make that sdist the only pinned one."""
    wanted = Sdist("tiny", "1.0", hashlib.sha256(file.read_bytes()).hexdigest())
    monkeypatch.setattr(sdists, "pinned", lambda named: [wanted])
    monkeypatch.setattr(sdists, "fetched", lambda sdist: file)
    monkeypatch.setattr(trial.interpreters, "executable", lambda python, table: f"/{python}")
    return SimpleNamespace(posargs=["tiny"], create_tmp=lambda: tmp_path)


def test_the_session_leaves_results_and_no_work(session, done, tmp_path, capsys):
    trial.run(session, None)
    said = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [project["project"] for project in said["projects"]] == ["tiny"]
    assert "tiny 1.0" in capsys.readouterr().out
    assert not [*cache.folder("building", "projects").iterdir()]


def test_a_run_that_is_stopped_leaves_no_results_of_an_earlier_one(session, done, tmp_path, monkeypatch):
    (tmp_path / "results.json").write_text("of an earlier run", encoding="utf-8")

    def stopped(*_):
        raise UserError("stop")

    monkeypatch.setattr(newcomer, "test", stopped)
    with pytest.raises(UserError, match="stop"):
        trial.run(session, None)
    assert not (tmp_path / "results.json").exists()
    assert not [*cache.folder("building", "projects").iterdir()]
