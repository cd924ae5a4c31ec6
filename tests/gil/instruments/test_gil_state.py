"""Whether the GIL is on for good, where its states are made up."""

import math

import pytest

from gil.instruments import gil_state
from gil.instruments.gil_state import gil_stays_on

pytestmark = [pytest.mark.lane_independent, pytest.mark.thread_unsafe(reason="makes up states of the GIL")]


@pytest.fixture
def states(monkeypatch):
    """Return a list of what the GIL will be; then it is on."""
    made_up = []
    monkeypatch.setattr(gil_state, "gil_enabled", lambda: made_up.pop(0) if made_up else True)
    return made_up


def test_one_that_is_on_for_a_moment_is_not_on(states):
    states += [True, True, False]
    assert gil_stays_on(bool, math.inf) is False  # however late a busy machine wakes this thread
    assert states == []


def test_one_that_is_on_for_long_is_on(states):
    assert gil_stays_on(bool, 0.02) is True


def test_nobody_waits_where_it_is_clear_why_it_is_on(states):
    states += [True, True, False]
    assert gil_stays_on(lambda: "a module wants it", math.inf) is True
    assert states == [True, False]


def test_none_is_on_whatever_is_clear(states):
    states.append(False)
    assert gil_stays_on(lambda: "a module wants it", math.inf) is False
