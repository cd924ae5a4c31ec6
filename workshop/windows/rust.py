"""The crates compiled for Windows: wheels, the Rust tests under Wine, and clippy, for macOS too."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from abi_matrix.base import commands
from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say, step
from abi_matrix.testing import results
from workshop.extension import features
from workshop.repository import ROOT
from workshop.windows.chroot import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from abi_matrix.config.table import Row
    from workshop.windows.chroot import Chroot

GNU, MSVC = "x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"
MACOS = "aarch64-apple-darwin"
FOLDER = "target/windows"
"""Where all of it is, relative to the repository's root."""
# Debian has no standard library for Windows that is new enough, so each build compiles it first, once.
_STD = "-Zbuild-std=std,panic_unwind"
_TESTED = ("gil-sampler", "gil-timeline")
# clippy 1.85 takes `const { None }` for no constant; the clippy of `nox -s lint` is right about it.
_FALSE_ALARMS = ("clippy::missing_const_for_thread_local",)


def environment(python: str) -> dict[str, str]:
    """Return the variables under which cargo in the chroot compiles for the Windows Python ``python``."""
    return {
        "CARGO_HOME": "/cargo",
        "CARGO_PROFILE_DEV_DEBUG": "0",  # clippy has std compiled, and nobody debugs that
        "CARGO_TARGET_DIR": f"{PROJECT}/{FOLDER}",
        "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER": "x86_64-w64-mingw32-gcc",
        "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER": "wine",
        "PYO3_CROSS": "1",
        "PYO3_CROSS_PYTHON_VERSION": python,
        "RUSTC_BOOTSTRAP": "1",  # -Z is nightly's
    }


def wheels(chroot: Chroot, row: Row, scripts: Path) -> list[Path]:
    """Build the extension and the hazards for the stable ABI of ``row``, and return the two files.

    ``scripts`` is where maturin is. Raises UserError if that fails.
    """
    out = ROOT / FOLDER / "wheels"
    shutil.rmtree(out, ignore_errors=True)
    maturin = f"{PROJECT}/{scripts.relative_to(ROOT)}/maturin"
    hazards = [
        "--manifest-path=crates/hazards/Cargo.toml",
        *(f"--features={name}" for name in features(row.built_with)),
    ]
    for name, options in (("gil_demo", []), ("gil_hazards", hazards)):
        with step(f"{name} for {GNU}"):
            chroot.follow(
                maturin, "build", "--release", f"--target={GNU}", _STD,
                f"--interpreter=python{row.built_with}", f"--out={PROJECT}/{FOLDER}/wheels", *options,
                env=environment(row.built_with), cwd=PROJECT, log=name,
            )  # fmt: skip
    built = sorted(out.glob(f"*-{row.tag}-win_amd64.whl"))
    if len(built) != 2:  # noqa: PLR2004 - as many as were built
        raise UserError(
            f"maturin built {[file.name for file in out.iterdir()]}, not two wheels for win_amd64."
        )
    for file in built:
        say(f"{file.name}: {file.stat().st_size} bytes")
    return built


def test(chroot: Chroot, python: str, variables: dict[str, str], left: Path) -> None:
    """Run the tests of the crates that know no Python under Wine; raises UserError if one fails."""
    command = chroot.command(
        "cargo", "test", "--locked", "--release", f"--target={GNU}", _STD,
        *(f"--package={crate}" for crate in _TESTED),
        env={**environment(python), **variables}, cwd=PROJECT,
    )  # fmt: skip
    with step(f"cargo test of {' and '.join(_TESTED)} under Wine"):
        result = commands.run(*command)
    (left / "cargo.txt").write_text(result.stdout, encoding="utf-8")
    count = results.of_cargo(result.stdout)
    say(f"cargo test: {count}")
    if result.returncode or not count.passed:
        raise UserError(f"cargo test failed under Wine:\n{result.stdout}{result.stderr}")


def clippy(chroot: Chroot, python: str) -> None:
    """Check all crates for both ABIs of Windows and for macOS; raises UserError for a warning.

    That takes no linker, which for the last two is not to be had here.
    """
    allowed = (f"--allow={name}" for name in _FALSE_ALARMS)
    lints = ("--", "--deny=warnings", *allowed)
    variables = {**environment(python), "PYO3_NO_PYTHON": "1"}
    for target in (GNU, MSVC, MACOS):
        with step(f"clippy for {target}"):
            chroot.follow(
                "cargo", "clippy", "--locked", "--workspace", "--all-targets", f"--target={target}", _STD,
                *lints, env=variables, cwd=PROJECT, log=f"clippy-{target}",
            )  # fmt: skip
