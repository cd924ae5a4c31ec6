"""Verdicts on made-up figures."""

import dataclasses
import math
from types import SimpleNamespace

import pytest

from gil.instruments.probe import judge
from gil.instruments.probe.batch import Batch, Knock
from gil.instruments.probe.result import Kind

pytestmark = pytest.mark.lane_independent

HELD = judge.Facts(
    name="f",
    gil_enabled=True,
    attached_share=1.0,
    samples=30,
    releases=0,
    call_ns=12e6,
    detach_ns=50,
    longest_wait_ms=5.25,
    off_processor_share=0.0,
    gives_way=False,
)


WITHOUT = {"gil_enabled": False, "longest_wait_ms": 0.04}
RELEASED = {"attached_share": 0.02}


@pytest.mark.parametrize(
    ("changed", "kind", "begin", "end"),
    [
        ({}, Kind.NEVER_LETS_GO, "f never lets go of the GIL:", "wait for the end of the call, 12 ms."),
        ({"call_ns": 12e3}, Kind.NEVER_LETS_GO, "f never lets go of the GIL:", "end of the call, 12 us."),
        ({"gives_way": True}, Kind.ONLY_WHEN_ASKED, "f lets go of the GIL only when asked", "up to 5.2 ms."),
        ({"attached_share": 0.99}, Kind.LETS_GO, "f lets go of the GIL for 1.0 %", "of its time."),
        ({**RELEASED, "gives_way": True}, Kind.LETS_GO, "f lets go of the GIL for 98.0 %", "of its time."),
        ({"call_ns": 499}, Kind.TOO_SHORT, "f is too short to be worth", "attach 50 ns on this machine."),
        ({"call_ns": 500}, Kind.NEVER_LETS_GO, "f never lets go of the GIL:", "end of the call, 500 ns."),
        (
            {"attached_share": math.nan},
            Kind.UNKNOWN,
            "f could not be measured: 30 samples",
            "samples of calls of 12 ms are too few.",
        ),
        ({"samples": 9}, Kind.UNKNOWN, "f could not be measured: 9 samples", "calls of 12 ms are too few."),
        ({"samples": 10}, Kind.NEVER_LETS_GO, "f never lets go of the GIL:", "end of the call, 12 ms."),
        (WITHOUT, Kind.ATTACHED, "f is attached throughout:", "would wait for its end, up to 12 ms."),
        ({**WITHOUT, "gives_way": True}, Kind.STOPS_WHEN_ASKED, "f is attached, but", "waited up to 40 us."),
        ({**WITHOUT, **RELEASED}, Kind.DETACHED, "f is detached for 98.0 %", "would wait up to 40 us."),
        (
            {**WITHOUT, **RELEASED, "off_processor_share": 0.97},
            Kind.DETACHED,
            "f is detached for 98.0 % of its time; a stop of the world would wait up to 40 us;",
            "it waits off the processor (locks, sleep, I/O) for 97.0 %.",
        ),
        ({**WITHOUT, **RELEASED, "longest_wait_ms": None}, Kind.DETACHED, "f is detached", "of its time."),
    ],
)
def test_verdict(changed, kind, begin, end):
    verdict, sentence, notes = judge.judge(dataclasses.replace(HELD, **changed))
    assert verdict == kind
    assert sentence.startswith(begin)
    assert sentence.endswith(end)
    assert notes == ()


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"gives_way": None}, "No other thread asked for its turn for long enough"),
        ({"releases": 3, "attached_share": 0.996}, "It was seen to detach 3 times, for 0.4 % of its time."),
        (
            {"attached_share": 0.5, "call_ns": 100.0},
            "A call takes 100 ns; a detach and attach, 50 ns on this machine, are a good part of it.",
        ),
    ],
)
def test_what_is_uncertain_is_noted(changed, note):
    [found] = judge.judge(dataclasses.replace(HELD, **changed))[2]
    assert found.startswith(note)


MS = 1_000_000


def asked(*knocks, spans=()):
    seen = SimpleNamespace(spans=lambda: [(a * MS, b * MS, on) for a, b, on in spans], spans_left_out=0)
    return Batch(1, 0, 100 * MS, 0, 0, seen, tuple(Knock(a * MS, g * MS, g * MS) for a, g in knocks))


@pytest.mark.parametrize(
    ("knocks", "gives_way"),
    [
        ([(10, 15)], True),
        ([(10, 55)], True),
        ([(10, 56)] * 4, False),  # too late for a machine that may have missed the rest
        ([(10, 95), (15, 99)], False),  # with the last of its work
        ([(10, 100), (20, 101)], False),
        ([(10, 99)], None),  # a busy machine may be why
        ([(10, 99), (20, 99), (30, 36)], True),
        ([(85, 86)], None),  # too late to tell
        ([(-5, 10)], None),
        ([], None),
    ],
)
def test_one_answer_while_there_is_work_left_is_proof(knocks, gives_way):
    assert judge.gives_way([asked(*knocks)]) is gives_way


def test_what_is_not_known_is_no_verdict():
    verdict, sentence, _ = judge.judge(dataclasses.replace(HELD, gives_way=None))
    assert verdict == Kind.HOLDS
    assert sentence == "f does not let go of the GIL by itself: it keeps it for 12 ms."


def test_to_wait_for_the_gil_again_is_no_work():
    """On a busy machine that may take longer than the call."""
    waiting = [(0, 20, True), (20, 98, False), (98, 100, True)]
    assert judge.gives_way([asked((10, 20), spans=waiting)] * 20) is False
    working = [(0, 20, True), (20, 40, False), (40, 100, True)]
    assert judge.gives_way([asked((10, 20), spans=working)]) is True
