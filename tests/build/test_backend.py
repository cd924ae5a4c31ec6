"""The build backend's own hooks, on interpreters that the table does not have."""

import os
import subprocess
import sys

import pytest

from abi_matrix.config import rows
from build_backend import gil_reproducible
from workshop.repository import PROJECT, ROOT

ROWS = rows.rows(ROOT / "pyproject.toml")

# Faked is the version, and only that: 3.16 does not exist here, and 3.10 is not in the table.
HOOK = """
import sys, sysconfig, maturin
sys.version_info = ({version}, 0, "final", 0)
sys.path[:0] = ["build_backend", "matrix/src"]
import gil_backend
print(gil_backend.{hook}({argument}))
"""

# Both frontends call the hooks in a process of their own: pip by a file, uv by `-c`.
FAKE = """
import sys
if any("_in_process.py" in argument or argument == "-c" for argument in sys.orig_argv):
    sys.version_info = (3, 16, 0, "alpha", 2)
"""


def run_hook(hook, version, argument="", **environ):
    code = HOOK.format(hook=hook, version=version.replace(".", ", "), argument=argument)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("hook", ["get_requires_for_build_wheel", "build_wheel", "build_editable"])
@pytest.mark.parametrize("version", ["3.10", "3.16"])
def test_hooks_refuse_in_one_sentence(hook, version, tmp_path):
    """Nothing is compiled, and there is no traceback: the sentence is all."""
    argument = "" if hook.startswith("get") else repr(str(tmp_path))
    run = run_hook(hook, version, argument)
    t = "t" * rows.this_python().endswith("t")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == rows.refusal(PROJECT, "cpython", version + t, ROWS) + "\n"
    assert [*tmp_path.iterdir()] == []


def test_hooks_take_an_interpreter_of_the_table():
    """The control: the same hook, the same way."""
    run = run_hook("get_requires_for_build_wheel", "3.14")
    assert (run.returncode, run.stdout, run.stderr) == (0, "[]\n", "")


@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
def test_flags_that_rustc_refuses_are_refused_before_anything_is_built(hook, tmp_path):
    """They are the user's, and the backend asks cargo for them: in one sentence after rustc's own."""
    run = run_hook(
        hook,
        "3.14",
        repr(str(tmp_path)),
        RUSTFLAGS="--no-such-flag",
        CARGO_TARGET_DIR=str(tmp_path / "target"),
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert "no-such-flag" in run.stderr
    assert run.stderr.endswith("\n`cargo check` failed; its messages are above.\n")
    assert "Traceback" not in run.stderr


def test_maturin_compresses_as_much_as_it_can(tmp_path):
    """Else a wheel would be 8 kB larger."""
    folder = str(tmp_path / "target")
    run = run_hook("_reproducible", "3.14", f"None, {str(tmp_path)!r}", CARGO_TARGET_DIR=folder)
    assert gil_reproducible.COMPRESSION in run.stdout, run.stderr


def test_an_sdist_can_be_made_with_any():
    """An sdist is for every interpreter, whichever makes it."""
    assert run_hook("get_requires_for_build_sdist", "3.16").stdout == "[]\n"


@pytest.mark.parametrize(
    "frontend",
    [
        [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index"],
        ["uv", "build", "--wheel", "--no-build-isolation", "--offline", f"--python={sys.executable}"],
    ],
    ids=["pip", "uv"],
)
def test_frontends_show_the_sentence(frontend, tmp_path):
    """What a user sees of it: the sentence, and no traceback."""
    (tmp_path / "sitecustomize.py").write_text(FAKE, encoding="utf-8")
    out = {"pip": "--wheel-dir", "uv": "--out-dir"}["pip" if "pip" in frontend else "uv"]
    run = subprocess.run(
        [*frontend, f"{out}={tmp_path}", str(ROOT)],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert run.returncode != 0
    assert "gil-demo is not built with Python 3.16" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
