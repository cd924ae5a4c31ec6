"""Building the crate of crates/hazards, which only the tests import and no wheel of gil-demo holds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from matrix.errors import UserError
from matrix.progress import say
from matrix.table import ROOT
from matrix.wheels import features, run_maturin

if TYPE_CHECKING:
    from pathlib import Path

    from matrix.table import Wheel

FOLDER = ROOT / "target" / "hazards"
"""Not dist/: what lies there may be published."""


def build(wheel: Wheel, python: str, maturin: str) -> Path:
    """Build the hazards for the ABI of ``wheel``, and return the file.

    Call it after ``wheels.build`` with the same arguments: it finds PyO3 compiled already. Raises
    UserError if that fails.
    """
    out = FOLDER / wheel.tag
    shutil.rmtree(out, ignore_errors=True)
    manifest = f"--manifest-path={ROOT / 'crates' / 'hazards' / 'Cargo.toml'}"
    selected = (f"--features={feature}" for feature in features(wheel.built_with))
    crates = run_maturin(maturin, wheel, python, str(out), manifest, *selected)
    say(f"{built(wheel).name}: {crates} crates compiled")
    return built(wheel)


def built(wheel: Wheel) -> Path:
    """Return the file of the hazards for the ABI of ``wheel``; raises UserError if it was not built."""
    for file in (FOLDER / wheel.tag).glob(f"gil_hazards-*-{wheel.tag}-*.whl"):
        return file
    raise UserError(f"There are no hazards for {wheel.tag}: run `nox -s {wheel.session}`.")
