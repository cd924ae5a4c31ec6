"""A module's callables one by one, against answers made for the test."""

import pytest

from gil.instruments.probe.result import Kind, Probe
from gil.instruments.survey import sweep
from gil.instruments.survey.errors import MeasurementError, UsageError
from gil.instruments.survey.plan import Plan

pytestmark = [
    pytest.mark.lane_independent,
    pytest.mark.thread_unsafe(reason="replaces what asks a process"),
]

PROBE = Probe(
    "m:f", Kind.LETS_GO, "One.", True, 0.1, (0.0, 0.2), 1.0, None, 1, 9, 3, 2.0, "m", 0, None, None, 0.1
)
NAMES = {"f": None, "g": None, "E": "an exception"}


@pytest.fixture
def swept(monkeypatch):
    """Sweep a module with the names above; return what was found and asked."""

    def run(plan=Plan(), fail=()):  # noqa: B008 - frozen
        asked, told = [], []

        def ask(request, timeout, **_):
            if request.function is None:
                return {"names": NAMES}
            asked.append(request)
            if request.function in fail:
                raise MeasurementError(f"m:{request.function} did not come back.")
            return {"probe": PROBE.as_json()}

        monkeypatch.setattr(sweep, "ask", ask)
        found = sweep.sweep(
            "m", plan, ("path",), seconds=0.5, timeout=1.0, tell=lambda *progress: told.append(progress)
        )
        return found, asked, told

    return run


def test_each_name_is_found_and_none_left_out(swept):
    found, asked, told = swept(fail=["g"])
    assert found.found == (
        sweep.Found("E", reason="an exception"),
        sweep.Found("f", probe=PROBE),
        sweep.Found("g", reason="did not come back"),
    )
    assert [(request.function, request.generate) for request in asked] == [("f", True), ("g", True)]
    assert told == [(0, 3, "E"), (1, 3, "f"), (2, 3, "g")]


def test_the_plan_says_what_to_call_and_what_not(swept):
    plan = Plan("n = 1", {"f": ("n",), "C.g": ("2",), "E": ()}, {"g": "starts the program"})
    found, asked, _ = swept(plan)
    assert {request.function: request.arguments for request in asked} == {"f": ("n",), "C.g": ("2",), "E": ()}
    assert not any(request.generate for request in asked)
    assert {request.setup for request in asked} == {"n = 1"}
    assert sweep.Found("g", reason="starts the program") in found.found


def test_a_plan_for_another_module_is_refused(swept):
    with pytest.raises(
        UsageError, match="The module m has nothing public called 'h', which the file of --args"
    ):
        swept(Plan(None, {"h": ()}))


def test_as_json_has_all(swept):
    written = swept(fail=["g"])[0].as_json()
    assert written["module"] == "m"
    assert written["functions"] == {
        "E": {"reason": "an exception"},
        "f": PROBE.as_json(),
        "g": {"reason": "did not come back"},
    }
