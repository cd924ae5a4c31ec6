"""Building the crate of crates/hazards, which only the tests import and no wheel of gil-demo holds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.base.progress import say
from workshop.extension import features, run_maturin
from workshop.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from abi_matrix.config.table import Row
    from abi_matrix.provisioning.environments import Environment

FOLDER = ROOT / "target" / "hazards"
"""Not dist/: what lies there may be published."""


def build(row: Row, environment: Environment) -> Path:
    """Build the hazards for the ABI of ``row``, and return the file.

    Call it after the extension's wheel was built in the same environment: it finds PyO3 compiled already.
    Raises UserError if that fails.
    """
    out = FOLDER / row.tag
    shutil.rmtree(out, ignore_errors=True)
    manifest = f"--manifest-path={ROOT / 'crates' / 'hazards' / 'Cargo.toml'}"
    selected = (f"--features={feature}" for feature in features(row.built_with))
    crates = run_maturin(environment, row, out, manifest, *selected)
    say(f"{built(row).name}: {crates} crates compiled")
    return built(row)


def built(row: Row) -> Path:
    """Return the file of the hazards for the ABI of ``row``; raises UserError if it was not built."""
    for file in (FOLDER / row.tag).glob(f"gil_hazards-*-{row.tag}-*.whl"):
        return file
    raise UserError(f"There are no hazards for {row.tag}: run `nox -s {row.session}`.")
