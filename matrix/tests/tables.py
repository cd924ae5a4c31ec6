"""A project with a table, for the tests of what reads one."""

import shutil

from abi_matrix.base.errors import InputError
from abi_matrix.config.table import Row, Source, Table, Tests, load

__all__ = ["InputError", "Row", "Source", "Table", "Tests", "load"]
ROWS = (
    Row("cp311-abi3", "3.11", ("3.11", "3.12", "3.14")),
    Row("cp313-cp313t", "3.13t", ("3.13t",), {"HATCH": "1"}),
    Row("cp314-cp314t", "3.14t", ("3.14t",)),
    Row("cp315-abi3.abi3t", "3.15t", ("3.15", "3.15t")),
)
TEXT = """
[project]
name = "demo-project"
version = "1.0"

[[tool.abi-matrix.wheel]]
tag = "cp311-abi3"
serves = ["3.11", "3.12", "3.14"]

[[tool.abi-matrix.wheel]]
tag = "cp313-cp313t"
serves = ["3.13t"]
env = { HATCH = "1" }

[[tool.abi-matrix.wheel]]
tag = "cp314-cp314t"
serves = ["3.14t"]

[[tool.abi-matrix.wheel]]
tag = "cp315-abi3.abi3t"
built-with = "3.15t"
serves = ["3.15", "3.15t"]

[tool.abi-matrix.sources]
"3.14" = { version = "3.14.7", sha256 = "00" }
"""


def table(root, **changes):
    """Return the table of these rows, for a project in the folder ``root``."""
    return Table(root, **{"rows": ROWS, "sources": {"3.14": Source("3.14.7", "00")}, **changes})


def project(folder, text=TEXT):
    """Write a project with this pyproject.toml, and return its table."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    load.cache_clear()
    return load(folder)
