"""`gil situations`: the catalogue, what it concludes, and that this is what the state of the GIL demands."""

import dataclasses
import json
import platform
import re
import sys

import pytest

import gil
from gil.lesson import situations
from gil.lesson.observe import Knocks, Observation

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()

# What others may do while native code is attached is the one thing that depends on the GIL; Python code lets
# go with and without, and detached is detached.
ATTACHED = situations.ALONE if GIL else situations.BLOCKS_GC
KINDS = {
    "make_list": ATTACHED,
    "set_item": ATTACHED,
    "call": situations.LETS_GO,
    "run": situations.LETS_GO,
    "import_attr": situations.LETS_GO,
    "attempt": ATTACHED,
    "map_threads": situations.DETACHED,
    "convert": ATTACHED,
    "sort_detached": situations.DETACHED,
    "release": situations.DETACHED,
    "hold": ATTACHED,
    "nested": ATTACHED,
    "ctypes.PyDLL": ATTACHED,
    "ctypes.CDLL": situations.LETS_GO,  # from outside it cannot be told apart
}


@pytest.fixture(scope="module")
def results(run_python, gil_enabled):
    """Run all in a process of their own; on a loaded machine some again, as their verdict then demands.

    Each run leaves JSON alone on standard output.
    """
    found, again = {}, []
    for _ in range(4):
        ran = run_python("-m", "gil", "situations", *again, "--json")
        assert ran.stderr == ""
        result = json.loads(ran.stdout)
        assert result["python"] == platform.python_version()
        assert result["gil_enabled"] is gil_enabled is GIL
        assert result["free_threaded_build"] is gil.build_info().free_threaded_build
        found |= {situation["name"]: situation for situation in result["situations"]}
        again = [name for name, situation in found.items() if situation["kind"] == situations.NOTHING]
        nothing = set(again) & {entry["name"] for entry in result["situations"]}
        assert ran.returncode == (3 if nothing else 0)
        if not again:
            break
    return found


def steps(result, which="steps"):
    return " ".join(f"{step['label']}{'+' if step['attached'] else '-'}" for step in result["seen"][which])


# What the GIL changes is seen in the default lanes, which have one on some interpreters and none on others.
@pytest.mark.lane_independent
class TestRun:
    def test_kinds_are_those_of_the_gil_state(self, results):
        others = {name: result["seen"] for name, result in results.items() if result["kind"] != KINDS[name]}
        assert others == {}
        assert results.keys() == KINDS.keys()

    def test_results_are_in_the_order_of_the_catalogue(self, results):
        assert list(results) == list(situations.CATALOGUE)

    def test_steps_are_read_from_the_thread_state(self, results):
        detached = {name for name, result in results.items() if "-" in steps(result)}
        assert detached == {name for name, kind in KINDS.items() if kind == situations.DETACHED}
        assert {steps(results[name]) for name in detached} == {
            "enter+ detach+ detached- attach- attached+ exit+"
        }
        assert steps(results["nested"]) == "enter+ acquire+ leave+ exit+"

    def test_threads_attach_themselves(self, results):
        assert results["map_threads"]["seen"]["threads"] == 4
        expected = "enter- attach- attached+ detach+ detached- exit-"
        assert steps(results["map_threads"], "thread_steps") == expected
        assert {result["seen"]["threads"] for result in results.values()} == {0, 4}

    def test_release_is_detached_from_its_start_to_its_end(self, results):
        """A sleep attached between two slices, as long as one of them, would leave less than a half."""
        assert 0.75 < results["release"]["seen"]["watched_share"] <= 1

    def test_the_world_is_stopped_without_a_gil_only(self, results):
        assert {result["seen"]["stops"] is None for result in results.values()} == {GIL}

    def test_json_has_everything(self, results):
        for name, result in results.items():
            assert result["python"] == situations.CATALOGUE[name].python
            assert tuple(result["rust"]) == situations.CATALOGUE[name].rust
            assert result["verdict"].endswith(".")
            assert set(result["seen"]) == {field.name for field in dataclasses.fields(Observation)}


HAD = Knocks(60, 50, 20.0, 5.0, 0.3)
WAITED = Knocks(3, 0, 50.0, 40.0, 0.9)
UNSAMPLED = Knocks(3, 0, 50.0, 40.0, None)
BRIEFLY = Knocks(29, 0, 49.9, 40.0, 1.0)
OFTEN = Knocks(30, 0, 9.0, 0.4, 0.95)
IN_VAIN = Knocks(3, 0, 120.0, 40.0, 0.89)  # the thread was not attached, and yet nobody was answered


def seen(turns, stops=None, watched="attached"):
    return Observation(1, (), 0, (), watched, 60.0, 1.0, turns, stops)


@pytest.mark.lane_independent
@pytest.mark.parametrize(
    ("observation", "gil_enabled", "kind", "part"),
    [
        (seen(HAD, None, "detached"), True, situations.DETACHED, "other threads attached."),
        (seen(HAD, HAD, "detached"), False, situations.DETACHED, "and the world could be stopped."),
        (seen(HAD, WAITED, "detached"), False, situations.NOTHING, "was detached, and yet"),
        (seen(WAITED, None, "detached"), True, situations.NOTHING, "was detached, and yet"),
        (seen(WAITED), True, situations.ALONE, "the GIL was held"),
        (seen(UNSAMPLED), True, situations.ALONE, "the GIL was held"),
        (seen(OFTEN), True, situations.ALONE, "the GIL was held"),
        (seen(BRIEFLY), True, situations.NOTHING, "too little was seen"),
        (seen(IN_VAIN), True, situations.NOTHING, "too little was seen"),
        (seen(WAITED, WAITED), False, situations.NOTHING, "without a GIL, and yet"),
        (seen(HAD), True, situations.LETS_GO, "it let go."),
        (seen(HAD, HAD), False, situations.LETS_GO, "the world was stopped in between: it let go."),
        (seen(HAD, WAITED), False, situations.BLOCKS_GC, "had to wait for the end"),
        (seen(HAD, UNSAMPLED), False, situations.BLOCKS_GC, "had to wait for the end"),
        (seen(HAD, OFTEN), False, situations.BLOCKS_GC, "had to wait for the end"),
        (seen(HAD, BRIEFLY), False, situations.NOTHING, "who wanted to stop the world"),
        (seen(HAD, IN_VAIN), False, situations.NOTHING, "who wanted to stop the world"),
    ],
)
def test_judge(observation, gil_enabled, kind, part):
    found, verdict = situations.judge(observation, gil_enabled=gil_enabled)
    assert found == kind
    assert part in verdict
    assert verdict.count(".") == 1
    assert verdict.isascii()


@pytest.mark.lane_independent
def test_unknown_name_is_one_sentence():
    names = ", ".join(situations.CATALOGUE)
    with pytest.raises(ValueError, match=r"^There is no situation 'lists'; there are make_list, ") as error:
        next(situations.run(["hold", "lists"]))
    assert str(error.value) == f"There is no situation 'lists'; there are {names}."


def test_control_that_is_missing_is_not_run():
    here = situations.CATALOGUE["ctypes.CDLL"]
    control = dataclasses.replace(here, setup=re.sub(r"library\.\w+", "library.no_such_sleep", here.setup))
    result = situations._run(control, gil_enabled=GIL)
    assert (result.seen, result.kind) == (None, situations.NOT_RUN)
    assert result.verdict.startswith("Not run, as it is missing here: ")
    assert "no_such_sleep" in result.verdict
    assert result.as_json()["seen"] is None


def test_what_fails_otherwise_is_raised():
    broken = dataclasses.replace(situations.CATALOGUE["call"], python="call(no_such_name)")
    with pytest.raises(NameError, match="no_such_name"):
        situations._run(broken, gil_enabled=GIL)


@pytest.mark.lane_independent
def test_every_function_of_the_catalogue_is_public():
    own = {name for name, situation in situations.CATALOGUE.items() if not situation.control}
    assert own <= set(gil.__all__)
