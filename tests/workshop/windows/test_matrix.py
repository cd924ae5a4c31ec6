import sys
from pathlib import Path

import pytest

from abi_matrix.base import commands
from workshop.repository import ROOT
from workshop.windows import matrix, runs
from workshop.windows.chroot import Chroot
from workshop.windows.runs import Installed

LEFT_OUT = [node for nodes in matrix.LEFT_OUT.values() for node in nodes]


@pytest.mark.parametrize("node", LEFT_OUT)
def test_what_is_left_out_is_there(node):
    file, _, test = node.partition("::")
    text = (ROOT / "matrix" / "tests" / file).read_text(encoding="utf-8")
    assert test.startswith("test_")
    assert f"def {test}" in text


def test_all_other_tests_are_chosen(tmp_path, monkeypatch):
    """Its own pytest collects them, where it finds the files without Wine."""
    installed = Installed("3.14", ROOT / ".nox" / "python", Chroot(tmp_path))
    monkeypatch.setattr(runs, "install", lambda *_: installed)
    monkeypatch.setattr(matrix.results, "fresh", lambda *_: tmp_path)
    words = [runs.here(word) for word in matrix.suite(installed.chroot, "3.14", Path()).command]
    listed = commands.succeed(
        sys.executable, *words[words.index("-m") :], "--collect-only", f"--basetemp={tmp_path / 'base'}",
        cwd=tmp_path, env=commands.plain_environment(PYTHONPATH=str(ROOT / "matrix" / "src")),
    )  # fmt: skip
    nodes = [line for line in listed.splitlines() if "::" in line]
    assert "tests/building/test_wheels.py::test_no_wheel_is_one_sentence" in nodes
    assert not [node for node in nodes if node.removeprefix("tests/").startswith((*LEFT_OUT,))]
