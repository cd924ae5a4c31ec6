"""Which tests a run skipped, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from abi_matrix.base.errors import UserError
from abi_matrix.testing import results

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from xml.etree import ElementTree as ET

_NO_REASON = ("", "Skipped", "unconditional skip")
"""What pytest writes where a test gave none: the second for ``pytest.skip()``, the last for the bare mark."""


def told(runs: Mapping[str, Path]) -> list[str]:
    """Return how many tests were skipped, then a line a reason; once for all runs that skipped the same.

    ``runs`` are folders with what ``--junit-xml`` wrote, by the runs' names. Raises UserError if a test was
    skipped without a reason.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, folder in runs.items():
        reasons = Counter(
            _reason(name, case, skipped)
            for xml in sorted(folder.glob("*.xml"))
            for case in results.read(xml).iter("testcase")
            for skipped in case.iterfind("skipped")
        )
        told_each = (f"  {reason} ({count})" for reason, count in sorted(reasons.items()))
        alike.setdefault((f"{reasons.total()} skipped", *told_each), []).append(name)
    lines = []
    for (total, *listed), names in alike.items():
        lines += [f"{', '.join(names)}: {total}", *listed]
    return lines


def _reason(run: str, case: ET.Element, skipped: ET.Element) -> str:
    reason = skipped.get("message", "").strip()
    if reason in _NO_REASON:
        raise UserError(f"On {run}, {results.node(case)} was skipped without a reason: give it one.")
    return reason
