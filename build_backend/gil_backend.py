"""maturin, with the environment that the table in pyproject.toml asks for.

One row needs a variable (PyO3 refuses 3.13t without it); this is what lets
``pip install`` of the sdist work there too, and nowhere else lifts the check.
"""

import os
import sys
import sysconfig
import tomllib
from pathlib import Path

from maturin import *  # noqa: F403

_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}" + "t" * bool(
    sysconfig.get_config_var("Py_GIL_DISABLED")
)
_TABLE = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["gil-matrix"]

for _wheel in _TABLE["wheel"]:
    if _wheel["built-with"] == _PYTHON:
        os.environ.update(_wheel.get("env", {}))
