import dataclasses
import json
import math

import pytest

from gil.instruments.probe.result import Kind, Probe

pytestmark = pytest.mark.lane_independent

PROBE = Probe(
    name="m:f",
    verdict=Kind.LETS_GO,
    sentence="One sentence.",
    gil_enabled=True,
    attached_share=0.25,
    confidence=(0.2, 0.3),
    longest_attached_ms=1.0,
    line="file.py:3",
    releases=1,
    samples=9,
    calls=3,
    call_ms=2.0,
    method="debug offsets",
    knocks=2,
    longest_wait_ms=0.5,
    off_processor_share=None,
    detach_us=0.1,
    notes=("A note.",),
    value=object(),
    spans=((1, 2, True),),
)


@pytest.mark.parametrize("probe", [PROBE, dataclasses.replace(PROBE, attached_share=math.nan)])
def test_json_has_all_but_the_value_and_the_spans(probe):
    read = Probe.from_json(json.loads(json.dumps(probe.as_json(), allow_nan=False)))
    # Compared as text: what is not a number equals nothing.
    assert repr(read) == repr(probe)
    assert (read.value, read.spans) == (None, ())


@pytest.mark.parametrize(
    "written", [{}, {**PROBE.as_json(), "verdict": "perhaps"}, {**PROBE.as_json(), "more": 1}]
)
def test_what_is_no_probe_is_refused(written):
    with pytest.raises(ValueError):
        Probe.from_json(written)


def test_prints_its_sentence_and_hides_its_value():
    assert str(PROBE) == "One sentence."
    assert "value" not in repr(PROBE)
    assert PROBE.released_share == 0.75
    with pytest.raises(dataclasses.FrozenInstanceError):
        PROBE.calls = 4
