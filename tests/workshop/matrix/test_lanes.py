import pytest

from matrix import table
from matrix.lanes import lanes

TABLE = table.load()


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_python_gil_is_always_set_or_taken_away(python):
    assert all("PYTHON_GIL" in lane.env for lane in lanes(python))


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_only_free_threaded_builds_see_python_gil(python):
    values = {lane.env["PYTHON_GIL"] for lane in lanes(python)}
    assert values == ({None, "0", "1"} if table.is_free_threaded(python) else {None})


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_the_expected_state_follows_from_build_and_variable(python):
    for lane in lanes(python):
        free = table.is_free_threaded(python) and lane.env["PYTHON_GIL"] != "1"
        assert lane.gil == ("off" if free else "on")


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_every_interpreter_runs_the_suite_in_eight_threads(python):
    assert any("--parallel-threads=8" in lane.arguments for lane in lanes(python))


@pytest.mark.parametrize("python", TABLE.interpreters)
def test_the_first_lane_alone_runs_what_no_lane_can_change(python):
    first, *others = lanes(python)
    assert first.arguments == ()
    assert all("-m" in lane.arguments for lane in others)
