"""What the sessions read and print where the locale's encoding is not UTF-8, as on Windows."""

import os
import subprocess
import sys

import pytest

from matrix.tests.programs import program
from workshop.repository import ROOT

# What maturin prints, and a byte that is no UTF-8.
PRINTS = r"""printf '\360\237\224\227 Found abi3 bindings\n\360\237\222\273 \377 Compiling one v1\n'"""

# Everything that reads a program's output, in one process. noxfile.py first: what it sets, it sets for
# every session.
CHILD = """
import os
import sys
import noxfile
from pathlib import Path
from types import SimpleNamespace
from abi_matrix.base import commands, errors, terminal
from abi_matrix.base.progress import say
from abi_matrix.provisioning import sources
from workshop import extension
from workshop.containers import cibuildwheel, options

folder = Path(sys.argv[1])
maturin = str(folder / "maturin")
variables = lambda more: {**os.environ, **more}
built_in = SimpleNamespace(scripts=folder, python=Path(sys.executable), variables=variables)
extension.run_maturin(built_in, noxfile.TABLE.rows[0], folder)
say(commands.run(maturin).stdout)
try:
    commands.succeed(folder / "fails")
except errors.UserError as error:
    say(str(error))
cibuildwheel.find_uv_bin = lambda: maturin
say(cibuildwheel.CONFIGURATIONS[0].run(folder, {}, "x", stdout=-1))
say(" ".join(sources._debian_archives()))
os.environ["PATH"] = f"{folder / 'rust'}{os.pathsep}{os.environ['PATH']}"  # cargo needs the real one
say(str(options._sysroot({})))
terminal.show("\\N{LINK SYMBOL}", ["x"], [["\\N{LINK SYMBOL}"]])
"""
TIMES = 6 + 2  # in the table it is the title and a cell


@pytest.mark.parametrize("encoding", [None, "cp1252"])
def test_no_output_of_a_program_ends_a_session(tmp_path, encoding):
    (tmp_path / "rust").mkdir()
    for name in ("maturin", "apt-get", "rust/rustc"):
        program(tmp_path / name, PRINTS)
    program(tmp_path / "fails", f"{PRINTS} >&2\nexit 1")
    changed = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": encoding,
        "PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
    }
    run = subprocess.run(
        [sys.executable, "-c", CHILD, tmp_path],
        cwd=tmp_path, capture_output=True, check=False,
        env={name: value for name, value in changed.items() if value is not None},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.decode(errors="replace")
    assert run.stdout.decode("ascii" if encoding is None else encoding).count("\\U0001f517") == TIMES
