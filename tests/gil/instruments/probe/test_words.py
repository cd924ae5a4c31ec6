import pytest

from gil.instruments.probe.words import duration, percent

pytestmark = pytest.mark.lane_independent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0004, "less than 0.1 %"),
        (0.012, "1.2 %"),
        (0.5, "50 %"),
        (0.987, "98.7 %"),
        (0.99999, "more than 99.9 %"),
        (1, "100 %"),
    ],
)
def test_percent(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("ns", "text"), [(45.4, "45 ns"), (1234, "1.2 us"), (45_678_000, "46 ms"), (2.5e9, "2.5 s")]
)
def test_duration(ns, text):
    assert duration(ns) == text
