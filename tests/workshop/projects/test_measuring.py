"""What a command sees, what it takes, and which error it told first."""

import os
import sys

import pytest

from abi_matrix.base import cache
from abi_matrix.base.errors import UserError
from workshop.projects import measuring

GRANDCHILD = "import time\nwhile time.process_time() < 0.3: pass"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {GRANDCHILD!r}]); print('done')"
ORJSON = """\
error: failed to run custom build command for `orjson v3.13.0`

Caused by:
  process didn't exit successfully: `build-script-build` (exit status: 1)
  --- stderr



  orjson v3.13.0 does not support free-threaded Python
"""
PYO3 = """\
error: failed to run custom build command for `pyo3-ffi v0.26.0`
  --- stdout
  cargo:rustc-check-cfg=cfg(Py_LIMITED_API)
  --- stderr
  error: the configured Python interpreter version (3.15) is newer than PyO3's maximum
"""


@pytest.mark.parametrize(
    "name", ["NOX_DEFAULT_VENV_BACKEND", "UV_PYTHON", "CARGO_TARGET_DIR", "PYTHON_GIL", "VIRTUAL_ENV",
             "RUSTFLAGS", "PYTEST_ADDOPTS", "MATURIN_PEP517_ARGS", "PYTHONPATH", "PIP_FIND_LINKS"],
)  # fmt: skip
def test_what_steers_us_steers_no_measured_command(monkeypatch, name):
    monkeypatch.setenv(name, "x")
    assert name not in measuring.environment()


@pytest.mark.parametrize("name", ["CARGO_HOME", "RUSTUP_HOME", "UV_DEFAULT_INDEX", "PIP_INDEX_URL", "HOME"])
def test_the_network_and_the_tools_are_still_found(monkeypatch, name):
    monkeypatch.setenv(name, "x")
    assert measuring.environment()[name] == "x"


def test_the_tools_come_first(tmp_path):
    assert measuring.environment(tmp_path)["PATH"] == f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def test_the_time_of_what_a_command_starts_is_counted(tmp_path):
    ended = measuring.timed("it, cold", sys.executable, "-c", CHILD, cwd=tmp_path, tools=tmp_path)
    assert (ended.status, ended.printed) == (0, "done\n")
    assert ended.cost.processor >= 0.3
    assert ended.cost.wall >= ended.cost.processor / os.cpu_count()
    assert (cache.folder("logs") / "projects, it, cold.log").read_text(encoding="utf-8") == "done\n"


def test_a_status_is_the_reason_where_nothing_is_told(tmp_path):
    ended = measuring.timed("it", sys.executable, "-c", "exit(3)", cwd=tmp_path, tools=tmp_path)
    assert ended.reason == "status 3"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (ORJSON, "orjson v3.13.0 does not support free-threaded Python"),
        (PYO3, "the configured Python interpreter version (3.15) is newer than PyO3's maximum"),
        ("warning: x\nerror[E0425]: cannot find\nerror: aborting", "error[E0425]: cannot find"),
        ("=== ERRORS ===\nE   ModuleNotFoundError: No x\nE   y", "E ModuleNotFoundError: No x"),
        ("1 failed\nFAILED test_x.py::test_y - assert 1\n", "FAILED test_x.py::test_y - assert 1"),
        ("x\nERROR: No matching distribution", "ERROR: No matching distribution"),
        ("rustc --error-format=json\n2 passed, 0 errors", ""),
    ],
)  # fmt: skip
def test_the_first_error(printed, said):
    assert measuring.first_error(printed) == said


def test_without_processor_time_nothing_is_begun(monkeypatch):
    measuring.require_processor_time()
    monkeypatch.setattr(measuring.sys, "platform", "win32")
    with pytest.raises(UserError, match="not to be had on Windows"):
        measuring.require_processor_time()


def test_a_cost_is_told_by_its_processor_time():
    assert str(measuring.Cost(61.4, 20.04) + measuring.Cost(1, 0.5)) == "20.5 (62)"
