import random

import pytest

from gil.instruments.probe.share import Measured, share

pytestmark = pytest.mark.lane_independent


def of(*batches):
    """Return the share of batches of as many nanoseconds as samples."""
    return share([Measured(attached, samples, samples) for attached, samples in batches])


def test_is_that_of_the_time():
    """Also where a busy machine lets the sampler look less often while the thread is attached."""
    found = share([Measured(1.0, 300, 1), Measured(0.0, 100, 90)])
    assert found.value == 0.75
    assert found.low < 0.75 < found.high


@pytest.mark.parametrize(
    ("value", "samples", "low", "high"), [(1.0, 100, 0.963, 1.0), (0.5, 100, 0.404, 0.596)]
)
def test_one_batch_has_wilsons_interval(value, samples, low, high):
    found = of((value, samples))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.001)


def test_batches_that_differ_widen_the_interval():
    """Ten equal batches and ten that differ have the same samples; only calls of their own tell."""
    equal = of(*[(0.5, 1000)] * 10)
    differing = of(*[(0.2, 1000), (0.8, 1000)] * 5)
    assert equal.value == differing.value == 0.5
    # Student's t for 9 degrees is 2.262, the standard error of those ten batches 0.1.
    assert differing.half_width == pytest.approx(0.2262, abs=0.0005)
    assert equal.half_width < 0.01


def test_few_batches_tell_nothing_of_their_scatter():
    assert of(*[(0.2, 1000), (0.8, 1000)] * 2).half_width < 0.02


@pytest.mark.parametrize(
    ("attached", "waited", "low", "high"),
    [
        (1.0, 500, 0.992, 1.0),  # whatever is attached all the time is attached without the wait
        (0.0, 500, 0.0, 0.008),
        (0.5, 100, 0.410, 0.590),
        (0.5, 500, 0.0, 1.0),
        (0.5, 1000, 0.0, 1.0),
    ],
)
def test_a_wait_for_a_processor_may_have_been_attached_or_not(attached, waited, low, high):
    found = share([Measured(attached, 1000, 1000, waited)])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.001)
    assert found.low <= found.value <= found.high
    assert found.waited == 0  # the interval has it


def test_many_waits_for_a_processor_come_out_even():
    """Unless the thread did little else."""
    some, most = ([Measured(0.5, 1000, 1000, waited)] * 5 for waited in (800, 950))
    assert share(some).half_width < 0.02
    assert (share(some).waited, share(most).waited) == (0.8, 0)
    assert (share(most).low, share(most).high) == (0, 1)


def test_stays_between_nothing_and_all():
    found = of((1.0, 10), (1.0, 10), (0.9, 10), (1.0, 10), (0.95, 10))
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_has_the_true_share_most_of_the_time():
    """Of calls whose shares differ, as 95 % promise: at least nine in ten of the intervals have the mean."""
    chance = random.Random(0)  # noqa: S311 - no secret
    hits = 0
    for _ in range(200):
        batches = []
        for _ in range(8):
            own = chance.uniform(0.2, 0.6)
            batches.append((sum(chance.random() < own for _ in range(50)) / 50, 50))
        found = of(*batches)
        hits += found.low <= 0.4 <= found.high
    assert hits >= 180


def test_no_samples_are_no_share():
    with pytest.raises(ValueError, match="no samples"):
        share([Measured(1.0, 1000, 0)])
