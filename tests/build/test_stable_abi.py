"""Where the project's stable-ABI wheels can be installed, and what becomes of their files elsewhere."""

import functools
import os
import subprocess
import zipfile
from pathlib import Path

import pip
import pytest

from workshop import extension, repository
from workshop.pyo3 import capabilities

TABLE = repository.table()
ABI3, ABI3T = (
    next(wheel for wheel in TABLE.rows if wheel.tag.rpartition("-")[2].endswith(abi))
    for abi in ("abi3", "abi3t")
)
REFUSALS = {
    "pip": "is not a supported wheel on this platform",
    "uv": "dependency is incompatible with the current platform",
}


@pytest.fixture(scope="module")
def stable_abis(interpreter):
    """Return what `build-limits -- pyo3` says of the stable ABIs of an interpreter."""
    return functools.cache(lambda python: capabilities.stable_abis(capabilities.ask(interpreter(python))))


@pytest.fixture(scope="module")
def install(interpreter, tmp_path_factory):
    """Ask an installer what it would do with a built wheel on an interpreter; nothing is installed."""

    def run(installer, wheel, python):
        path, target = interpreter(python), str(tmp_path_factory.mktemp("target"))
        command = {
            # As `pip --python` does, which starts pip once more to do it.
            "pip": [path, str(Path(pip.__file__).parent), "install", "--quiet"],
            "uv": ["uv", "pip", "install", f"--python={path}"],
        }[installer]
        options = ["--dry-run", "--no-index", "--no-deps", f"--target={target}", str(extension.built(wheel))]
        return subprocess.run(
            command + options, capture_output=True, encoding="utf-8", timeout=60, check=False
        )

    return run


ASKED = [
    *(("uv", ABI3, python) for python in ("3.14", "3.13t", "3.14t", "3.15t")),
    *(("uv", ABI3T, python) for python in ("3.15", "3.14t", "3.15t")),
    *(("pip", ABI3, python) for python in ("3.13t", "3.14t")),
    ("pip", ABI3T, "3.15t"),  # pip takes its time, so it is not asked everything
]


@pytest.mark.claim("3f")
@pytest.mark.parametrize(
    ("installer", "wheel", "python"), ASKED, ids=lambda value: getattr(value, "tag", value)
)
def test_installers_take_a_stable_abi_only_where_it_is_one(installer, wheel, python, install, stable_abis):
    """abi3 is for standard builds, abi3t for free-threaded ones since 3.15; `-- pyo3` says the same."""
    run = install(installer, wheel, python)
    expected = any(stable_abis(python)[abi]["wheel"] for abi in wheel.tag.rpartition("-")[2].split("."))
    assert (run.returncode == 0) is expected, run.stderr
    if not expected:
        assert REFUSALS[installer] in " ".join(run.stderr.split())  # uv breaks its lines


@pytest.fixture
def forced(interpreter, tmp_path):
    """Import the extension of the abi3 wheel, unpacked by hand past every installer."""

    def run(python):
        with zipfile.ZipFile(extension.built(ABI3)) as wheel:
            wheel.extractall(tmp_path)
        return subprocess.run(
            [interpreter(python), "-c", "import gil._gil"],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.claim("3f")
@pytest.mark.parametrize("python", ["3.13t", "3.14t"])
def test_an_abi3_file_is_found_and_fails(python, forced, stable_abis):
    """`.abi3.so` is among their suffixes all the same: the file is loaded, and is for another layout."""
    assert stable_abis(python)["abi3"] == {
        "wheel": False,
        "file": True,
    }
    run = forced(python)
    assert run.returncode != 0
    assert "ModuleNotFoundError" not in run.stderr


@pytest.mark.claim("3f")
def test_an_abi3_file_is_not_even_found_on_3_15t(forced, stable_abis):
    """With abi3t the free-threaded builds got a suffix of their own, and lost that of the others."""
    assert stable_abis("3.15t")["abi3"] == {
        "wheel": False,
        "file": False,
    }
    assert "ModuleNotFoundError: No module named 'gil._gil'" in forced("3.15t").stderr
