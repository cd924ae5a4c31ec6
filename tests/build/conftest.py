"""Real cargo builds of a small crate, on real interpreters."""

import functools
import os
import shutil
import subprocess

import pytest

from abi_matrix.interpreters.local import search
from workshop.repository import ROOT

# Between runs kept: the lock files, so that a second run needs no network, and what was compiled.
FOLDER = ROOT / "target" / "build-limits"

MANIFEST = """\
[package]
name = "limits"
version = "0.0.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

# The crate of PyO3 whose build script decides; `pyo3` depends on this very version of it.
[dependencies]
pyo3-ffi = { version = "=RELEASE", features = ["extension-module"] }

[workspace]
"""

# The least extension module there can be, in words that every release of pyo3-ffi understands.
MODULE = """\
use pyo3_ffi::{PyModuleDef, PyModuleDef_HEAD_INIT, PyModule_Create, PyObject};
use std::ptr::null_mut;

static mut MODULE: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"limits".as_ptr(),
    m_doc: c"the build limits' module".as_ptr(),
    m_size: 0,
    m_methods: null_mut(),
    m_slots: null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

#[no_mangle]
pub unsafe extern "C" fn PyInit_limits() -> *mut PyObject {
    PyModule_Create(&raw mut MODULE)
}
"""

LIBRARIES = {".so": ".so", ".dylib": ".so", ".dll": ".pyd"}  # as cargo names them, as Python does

# What would answer for the interpreter, or lift a check, if the caller's environment had it.
MEDDLING = ("PYO3_", "UNSAFE_PYO3_", "CARGO_", "PYTHON")


@pytest.fixture(scope="session")
def interpreter():
    """Return the path of an interpreter of the table."""

    @functools.cache  # to find one, several are asked what they are
    def path(python):
        found = search(python)
        assert found is not None, f"there is no {python}: run `nox -s provision-{python}`"
        return found.system_executable

    return path


@pytest.fixture(scope="session")
def crate():
    """Return the folder of the small crate, made to depend on a release of PyO3."""

    @functools.cache
    def make(release):
        folder = FOLDER / release
        (folder / "src").mkdir(parents=True, exist_ok=True)
        manifest = MANIFEST.replace("RELEASE", release)
        for path, text in ((folder / "Cargo.toml", manifest), (folder / "src" / "lib.rs", MODULE)):
            if (
                not path.exists() or path.read_text(encoding="utf-8") != text
            ):  # unchanged, cargo keeps its work
                path.write_text(text, encoding="utf-8")
        fetch(folder)
        return folder

    return make


def fetch(folder):
    """Lock and fetch what the crate in `folder` depends on, or end the run in one sentence."""
    run = subprocess.run(
        ["cargo", "fetch", "--quiet"], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    if run.returncode:
        pytest.exit(f"cargo cannot fetch PyO3 for these tests; connect to the network once. {run.stderr}", 1)


def target_of(folder, python, variables):
    # Apart: cargo cannot know that the build script reads a variable, and keeps a forced success. And where
    # interpreters take turns in one folder, their build scripts run each time.
    return folder / "-".join(["target", python, *variables])


def cargo(command, folder, target, python, variables):
    assert shutil.which("cargo"), "there is no cargo on PATH: install Rust from https://rustup.rs"
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name == "CARGO_HOME" or not name.startswith(MEDDLING)
    }
    own = {"CARGO_TARGET_DIR": str(target), "PYO3_PYTHON": python}
    return subprocess.run(
        ["cargo", command, "--offline", "--color=never"],
        cwd=folder,
        env=inherited | own | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="session")
def check(crate, interpreter):
    """Let cargo check the crate with a release of PyO3, an interpreter and variables; the same only once."""

    @functools.cache
    def run(release, python, **variables):
        folder = crate(release)
        target = target_of(folder, python, variables)
        return cargo("check", folder, target, interpreter(python), variables)

    return run


@pytest.fixture
def build_and_import(crate, interpreter, tmp_path):
    """Build the crate likewise, which must succeed, and import its module in that interpreter."""

    def run(release, python, **variables):
        folder = crate(release)
        target = target_of(folder, python, variables)
        built = cargo("build", folder, target, interpreter(python), variables)
        assert built.returncode == 0, built.stderr
        [library] = (path for path in (target / "debug").iterdir() if path.suffix in LIBRARIES)
        shutil.copy(library, tmp_path / f"limits{LIBRARIES[library.suffix]}")
        return subprocess.run(
            [interpreter(python), "-c", "import limits; print(limits.__doc__)"],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run
