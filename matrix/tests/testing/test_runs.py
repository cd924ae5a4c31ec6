import json
import sys
from pathlib import Path

import pytest
import tables

from abi_matrix.base.errors import UserError
from abi_matrix.config import rows
from abi_matrix.provisioning.environments import Environment
from abi_matrix.testing import identity, results, runs
from abi_matrix.testing.identity import Installed

HERE = rows.this_python()
TESTS = """
import os, sys

def test_it():
    assert os.getcwd().endswith("tmp")
    with open({log!r}, "a") as log:
        print(os.environ.get("A"), sys.getswitchinterval() < 1e-4, file=log)
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return what counts as a wheel that is installed for the interpreter that runs this."""
    monkeypatch.setattr(
        identity, "require", lambda installed, lane, report: report.write_text("{}") and "itself"
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take long to load
    (tmp_path / "venv").mkdir()
    monkeypatch.setattr(Environment, "scripts", property(lambda self: runs.Path(sys.executable).parent))
    return Installed(HERE, Environment(tmp_path / "venv", tmp_path), tmp_path / "demo-1.0-cp311-abi3-any.whl")


def table(tmp_path, *lanes, text=TESTS, **tests):
    (tmp_path / "tests").mkdir(exist_ok=True)
    text = text.replace("{log!r}", repr(str(tmp_path / "log")))
    (tmp_path / "tests" / "test_it.py").write_text(text, encoding="utf-8")
    written = lanes or ({"name": "default"},)
    return tables.table(tmp_path, lanes=written, tests=tables.Tests(**tests))


def test_the_tests_run_in_every_lane_as_it_says(tmp_path, installed, capsys):
    plain, other = {"name": "default"}, {"name": "other", "env": {"A": "b"}, "switch-interval": 1e-6}
    runs.run("test-it", table(tmp_path, plain, other), installed)
    assert (tmp_path / "log").read_text(encoding="utf-8") == "None False\nb True\n"
    assert f"{HERE}, default: itself\n" in capsys.readouterr().out
    left = results.folder(tmp_path) / "test-it"
    assert (left / "wheel.txt").read_text(encoding="utf-8") == installed.wheel.name
    assert [results.of_pytest(left / f"{name}.xml").passed for name in ("default", "other")] == [1, 1]
    took = json.loads((left / "other.json").read_text(encoding="utf-8"))["took"]
    assert took["wall"] > 0
    if sys.platform != "win32":
        assert 0 < took["processor"] <= took["wall"] * runs.os.cpu_count()


def test_a_lane_that_fails_or_tests_nothing_is_told(tmp_path, installed):
    failing = table(tmp_path, text="def test_it():\n    assert 1 == 2\n")
    with pytest.raises(UserError, match=rf"^{HERE}, default: `pytest` failed with status 1$"):
        runs.run("test-it", failing, installed)
    skipping = table(tmp_path, text="import pytest\ndef test_it():\n    pytest.skip()\n")
    with pytest.raises(UserError, match="no test passed, so nothing was tested"):
        runs.run("test-it", skipping, installed)


def test_a_pytest_of_another_environment_is_not_taken(tmp_path, installed, monkeypatch):
    monkeypatch.setenv(
        "PATH", runs.os.pathsep.join([str(runs.Path(sys.executable).parent), runs.os.environ["PATH"]])
    )
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(Environment, "scripts", property(lambda self: tmp_path / "empty"))
    with pytest.raises(
        UserError, match=rf"^pytest is not in the environment of {HERE}: name the dependency group"
    ):
        runs.run("test-it", table(tmp_path), installed)


def test_any_command_will_do_and_gets_what_the_lane_is(tmp_path, installed):
    log = (tmp_path / "log").as_posix()  # in a command, \ is the shell's
    program = f"import sys; open({log!r}, 'w', encoding='utf-8').write(' '.join(sys.argv[1:]))"
    command = f'"{Path(sys.executable).as_posix()}" -c "{program}" {{python}} {{gil}} {{root}}'
    wanted = table(tmp_path, {"name": "x", "arguments": ["-a"]}, command=command, folders=("t",))
    runs.run("test-it", wanted, installed, ["more"])
    gil = "off" if HERE.endswith("t") else "on"
    assert (tmp_path / "log").read_text(encoding="utf-8") == (
        f"{HERE} {gil} {tmp_path} -a more {tmp_path / 't'}"
    )
