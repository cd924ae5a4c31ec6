"""A probe and a sweep as text."""

import dataclasses
import math

import pytest

from gil.instruments.probe.result import Kind, Probe
from gil.instruments.survey.sweep import Found, Sweep
from gil.view import probe as text

pytestmark = pytest.mark.lane_independent

PROBE = Probe(
    name="m:f",
    verdict=Kind.LETS_GO,
    sentence="m:f lets go of the GIL for 75 % of its time.",
    gil_enabled=True,
    attached_share=0.25,
    confidence=(0.2, 0.3),
    longest_attached_ms=1.04,
    line="file.py:3",
    releases=1,
    samples=9123,
    calls=3,
    call_ms=2.0,
    method="debug offsets",
    knocks=2,
    longest_wait_ms=0.5,
    off_processor_share=0.125,
    detach_us=0.052,
    notes=("A note.",),
)


def test_a_paragraph_has_all_there_is():
    assert text.paragraph(PROBE, 100).splitlines() == [
        "m:f lets go of the GIL for 75 % of its time.",
        "  attached   25 % of its time (20 % to 30 % at 95 %), at most 1.0 ms in one go",
        "  line       file.py:3 ran in the longest of these",
        "  released   once",
        "  samples    9,123, by debug offsets",
        "  calls      3, 2.0 ms each",
        "  knocks     another thread asked for the GIL 2 times, and waited up to 500 us for the call",
        "  off        12 % of its time off the processor (locks, sleep, I/O)",
        "  cost       52 ns for a detach and attach on this machine",
        "  note       A note.",
    ]


def test_what_is_not_known_is_left_out():
    unknown = dataclasses.replace(
        PROBE,
        verdict=Kind.UNKNOWN,
        attached_share=math.nan,
        line=None,
        longest_wait_ms=None,
        off_processor_share=None,
        notes=(),
    )
    labels = [line.split()[0] for line in text.paragraph(unknown, 100).splitlines()[1:]]
    assert labels == ["released", "samples", "calls", "cost"]


def test_without_a_gil_the_world_is_stopped():
    without = dataclasses.replace(PROBE, gil_enabled=False, knocks=1)
    assert "  knocks     the world was asked to stop once, and waited up to 500 us for the call" in (
        text.paragraph(without, 100).splitlines()
    )


FOUND = (
    Found("zeta", dataclasses.replace(PROBE, attached_share=0.01)),
    Found("alpha", dataclasses.replace(PROBE, attached_share=0.5, longest_attached_ms=0.0)),
    Found("never", dataclasses.replace(PROBE, verdict=Kind.NEVER_LETS_GO)),
    Found("unseen", dataclasses.replace(PROBE, verdict=Kind.UNKNOWN, attached_share=math.nan)),
    Found("Error", reason="an exception"),
)


def test_a_table_is_in_groups():
    found = Sweep("m", FOUND, "3.14.7", gil_enabled=True)
    assert text.table(found, 80).splitlines() == [
        "m on Python 3.14.7, GIL on: 3 of 5 measured",
        "",
        "lets go of the GIL by itself",
        "  zeta    for 99.0 %, 2.0 ms a call, attached up to 1.0 ms",
        "  alpha   for 50 %, 2.0 ms a call",
        "",
        "never lets go of the GIL",
        "  never   2.0 ms a call",
        "",
        "could not be measured",
        "  unseen  2.0 ms a call",
        "",
        "was not measured",
        "  Error   an exception",
    ]


def test_every_verdict_has_a_heading():
    assert set(text._HEADINGS) == set(Kind)


@pytest.mark.parametrize("width", [24, 40, 80])
def test_a_narrow_terminal_gets_narrow_text(width):
    long = Found("a_name_that_is_longer_than_its_column", reason=" ".join(["words"] * 30))
    shown = text.table(Sweep("m", (*FOUND, long), "3.14.7", gil_enabled=False), width).splitlines()
    shown += text.paragraph(PROBE, width).splitlines()
    assert max(len(line) for line in shown if long.name not in line) <= width
    assert sum(line.count("words") for line in shown) == 30
    assert all(line.isascii() for line in shown)
