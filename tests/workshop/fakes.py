"""Wheels that hold next to nothing, made on the spot, and what else several tests need."""

import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from abi_matrix.config import rows
from abi_matrix.config.table import Row
from matrix.tests import made
from workshop import repository

TABLE = repository.table()
VERSION = repository.version()
HERE = rows.this_python()
LINUX = f"manylinux_2_17_{platform.machine()}"
TOOLS = Path(sys.executable).parent
TWO = replace(TABLE, rows=(Row("cp311-abi3", "3.11", (HERE,)), Row("cp314-cp314t", "3.14t", ("3.14t",))))
EXTENSIONS = {
    "cp311-abi3": "_gil.abi3.so",
    "cp313-cp313t": "_gil.cpython-313t-x86_64-linux-gnu.so",
    "cp314-cp314t": "_gil.cpython-314t-x86_64-linux-gnu.so",
    "cp315-abi3.abi3t": "_gil.abi3t-x86_64-linux-gnu.so",
}


def wheel(folder, tag="cp314-cp314t", platform="manylinux_2_28_x86_64", files=()):
    """Write a wheel; ``files`` are added or replaced, and those that are None left out."""
    members = {"gil/__init__.py": b"", f"gil/{EXTENSIONS.get(tag, '_gil.so')}": tag.encode(), **dict(files)}
    held = {name: data for name, data in members.items() if data is not None}
    return made.wheel(folder, f"gil_demo-{VERSION}-{tag}-{platform}.whl", held, project="gil-demo")


def wheelhouse(folder, platform="manylinux_2_28_x86_64"):
    """Write a wheel for each row of the table."""
    for row in TABLE.rows:
        wheel(folder, row.tag, platform)
    return folder


BACKEND = f"""
import json, os, tarfile, zipfile

TOP = "gil_demo-{VERSION}"

def build_wheel(out, settings=None, metadata=None):
    with open(os.environ["LOG"], "a") as log:
        crates = os.listdir(os.environ["CARGO_HOME"] + "/registry")
        print(json.dumps(dict(os.environ) | {{"source": os.getcwd(), "crates": crates}}), file=log)
    name = TOP + "-cp314-cp314t-linux_x86_64.whl"
    with zipfile.ZipFile(os.path.join(out, name), "w") as archive:
        archive.writestr(zipfile.ZipInfo("gil/_gil.so"), binary())
    return name

def build_sdist(out, settings=None):
    with tarfile.open(os.path.join(out, TOP + ".tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "backend.py"):
            archive.add(name, TOP + "/" + name)
    return TOP + ".tar.gz"
"""


def project(folder, binary="'the same'"):
    """Write a clone of a project whose backend logs what it is called with, and compiles nothing.

    ``binary`` is the Python expression for the contents of its extension.
    """
    folder.mkdir(exist_ok=True)
    (folder / "backend.py").write_text(f"{BACKEND}\ndef binary():\n    return {binary}\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n', encoding="utf-8"
    )
    for command in (["init"], ["add", "."]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return folder
