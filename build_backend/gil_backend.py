"""maturin, for the interpreters of the table in pyproject.toml, with the environment of their rows.

One row needs a variable (PyO3 refuses 3.13t without it); this is what lets ``pip install`` of the
sdist work there too, and nowhere else lifts the check. An interpreter of no row is refused in one
sentence before anything is compiled. An sdist can be made with any.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import maturin
from maturin import *  # noqa: F403

from abi_matrix.config.rows import refusal, row_for, rows, this_python

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = Path.cwd()  # PEP 517: hooks run in the source tree


@functools.cache
def _prepare() -> None:
    python, table = this_python(), rows(_ROOT / "pyproject.toml")
    if sentence := refusal("gil-demo", sys.implementation.name, python, table):
        sys.exit(sentence)  # frontends show it; an exception would come with its traceback
    os.environ.update(row_for(python, table).get("env", {}))


def _prepared(hook: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(hook)
    def prepared(*args: object, **kwargs: object) -> object:
        _prepare()
        return hook(*args, **kwargs)

    return prepared


def _reproducible(config_settings: dict[str, Any] | None, folder: str) -> dict[str, Any]:
    """Return the settings with our list of crates, and set the flags that hide this machine's folders.

    Where maturin has to fetch Rust first there is no cargo to ask, and the wheel is for one machine.
    """
    if not shutil.which("cargo"):
        return config_settings or {}
    import gil_reproducible  # noqa: PLC0415 - cannot be imported on interpreters that are refused

    arguments = maturin.get_maturin_pep517_args(config_settings)
    file = Path(folder) / "gil.cyclonedx.json"
    try:
        flags = gil_reproducible.rustflags(_ROOT, os.environ, arguments)
        gil_reproducible.write_sbom(_ROOT, file)
    except subprocess.CalledProcessError as error:
        sys.exit(f"`{' '.join(error.cmd[:2])}` failed; its messages are above.")
    os.environ["CARGO_ENCODED_RUSTFLAGS"] = flags
    arguments += [gil_reproducible.COMPRESSION, f"--sbom-include={file}"]
    return {**(config_settings or {}), "maturin.build-args": arguments}


@_prepared
def build_wheel(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """Let maturin build the wheel, the same one in whatever folder."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _reproducible(config_settings, folder)
        return maturin.build_wheel(wheel_directory, settings, metadata_directory)


@_prepared
def build_editable(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """Let maturin build for an editable installation, likewise: else each would recompile the other's."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _reproducible(config_settings, folder)
        return maturin.build_editable(wheel_directory, settings, metadata_directory)


get_requires_for_build_wheel = _prepared(maturin.get_requires_for_build_wheel)
prepare_metadata_for_build_wheel = _prepared(maturin.prepare_metadata_for_build_wheel)
get_requires_for_build_editable = _prepared(maturin.get_requires_for_build_editable)
prepare_metadata_for_build_editable = _prepared(maturin.prepare_metadata_for_build_editable)
