import json
import sys
from dataclasses import dataclass

import pytest

from abi_matrix.base.errors import UserError
from abi_matrix.config import rows
from abi_matrix.testing import results
from abi_matrix.testing.lanes import lanes
from matrix.tests import made
from workshop.repository import ROOT, table
from workshop.windows import runs
from workshop.windows.runs import Installed, Suite

HERE = rows.this_python()


@dataclass(frozen=True)
class ThisPython:
    """Stands in for a chroot: the Python that runs this runs what Wine would."""

    program: tuple[str, ...] = (sys.executable,)

    def command(self, wine, python, *arguments, env, cwd):
        assert (wine, python) == ("wine", "Z:/project/python/python.exe")
        return (*self.program, *map(runs.here, arguments))


@pytest.fixture
def identify(tmp_path, monkeypatch):
    """Return a function that identifies this Python, under a name, with a wheel of these files."""
    monkeypatch.setattr(runs, "ROOT", tmp_path)

    def identify(members, python=HERE, chroot=None):
        wheel = made.wheel(tmp_path, "demo-1.0-cp311-abi3-win_amd64.whl", members)
        installed = Installed(python, tmp_path / "python", chroot or ThisPython())
        return runs._identified(installed, wheel, runs.only_here([python]))

    return identify


@pytest.mark.parametrize("path", ["tests/gil", ".nox/report/windows-3.14/default.xml", "pyproject.toml"])
def test_a_path_is_the_same_there_and_back(path):
    there = runs.there(f"--option={ROOT / path}")
    assert there == f"--option=Z:/project/{path}"
    assert runs.here(there.replace("/", "\\")) == f"--option={ROOT / path}"


def test_the_table_of_a_run_has_the_named_interpreters_in_one_lane():
    chosen = runs.only_here(["3.11", "3.14"])
    assert chosen.interpreters == ["3.11", "3.14"]
    assert [row.tag for row in chosen.rows] == ["cp311-abi3"]
    assert [lane.name for lane in lanes("3.14", chosen)] == [table().lanes[0]["name"]]


def test_what_a_suite_prints_is_shown_if_it_fails_and_all_run_to_their_end(cache_folder, capsys):
    suites = [
        Suite("3.97", (sys.executable, "-c", "print('all passed')")),
        Suite("3.98", (sys.executable, "-c", "raise SystemExit('1 failed')")),
        Suite("3.99", (sys.executable, "-c", "print('all passed, too')")),
    ]
    with pytest.raises(
        UserError, match=r"^pytest failed on Windows' Python \(3\.98\); its output is above\.$"
    ):
        runs.run(suites)
    printed = capsys.readouterr().out
    assert "1 failed" in printed
    assert "all passed" not in printed
    assert suites[2].log.read_text().strip() == "all passed, too"


def test_what_a_python_is_and_imports_is_kept_with_the_wheels_name(identify, tmp_path):
    said = identify({"demo.py": b""})
    left = results.folder(tmp_path) / f"windows-{HERE}"
    kept = {file.name: file.read_text(encoding="utf-8") for file in left.iterdir()}
    (lane,) = lanes(HERE, runs.only_here([HERE]))
    assert said.startswith(f"CPython {sys.version.split()[0]} for Windows, under Wine, GIL {lane.gil}")
    assert kept.pop("wheel.txt") == "demo-1.0-cp311-abi3-win_amd64.whl"
    assert json.loads(kept.pop(f"{lane.name}.json"))["line"] == said
    assert kept == {}


@pytest.mark.parametrize(
    ("python", "members", "sentence"),
    [
        (HERE, {"demo/_core.pyd": b"PyInit__core PyModuleDef_Init"}, r"demo\._core cannot be imported: "),
        ("3.11" if HERE != "3.11" else "3.12", {"demo.py": b""}, "it is cpython "),
    ],
    ids=["module", "version"],
)
def test_what_is_not_as_promised_is_one_sentence(identify, python, members, sentence):
    with pytest.raises(
        UserError, match=rf"^This session promises Windows' {python} with demo-.*, but {sentence}"
    ):
        identify(members, python)


def test_a_python_that_does_not_run_is_one_sentence(identify):
    dead = ThisPython((sys.executable, "-c", "raise SystemExit('no such DLL')"))
    with pytest.raises(UserError, match=rf"^Windows' {HERE} does not run under Wine: no such DLL\.$"):
        identify({"demo.py": b""}, chroot=dead)
