"""maturin, with the environment that the table in pyproject.toml asks for.

One row needs a variable (PyO3 refuses 3.13t without it); this is what lets
``pip install`` of the sdist work there too, and nowhere else lifts the check.
"""

import os
import shutil
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import gil_reproducible
import maturin
from maturin import *  # noqa: F403

_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}" + "t" * bool(
    sysconfig.get_config_var("Py_GIL_DISABLED")
)
_ROOT = Path.cwd()  # PEP 517: hooks run in the source tree
_TABLE = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["gil-matrix"]

for _wheel in _TABLE["wheel"]:
    if _wheel["built-with"] == _PYTHON:
        os.environ.update(_wheel.get("env", {}))
os.environ["CARGO_ENCODED_RUSTFLAGS"] = gil_reproducible.rustflags(_ROOT, os.environ)


def build_wheel(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """Let maturin build the wheel, with our list of crates inside.

    Where maturin has to fetch Rust first there is no cargo to ask, and the wheel is for one machine.
    """
    arguments = maturin.get_maturin_pep517_args(config_settings)
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("cargo"):
            file = Path(folder) / "gil.cyclonedx.json"
            gil_reproducible.write_sbom(_ROOT, file)
            arguments = [*arguments, f"--sbom-include={file}"]
        settings = {**(config_settings or {}), "maturin.build-args": arguments}
        return maturin.build_wheel(wheel_directory, settings, metadata_directory)
