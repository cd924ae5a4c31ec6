"""`gil status`."""

import json

import pytest

from gil.instruments.gil_state import gil_enabled

NOW, OTHER = ("on", "off") if gil_enabled() else ("off", "on")


def test_text_and_json(invoke, tmp_path):
    """Both tell the same."""
    ran = invoke("status", f"--json={tmp_path}/status.json")
    assert ran.exit_code == 0
    found = json.loads((tmp_path / "status.json").read_text())
    assert ran.output.splitlines()[0].endswith(f"build, GIL {NOW}")
    assert found["gil_enabled"] is (NOW == "on")
    alone = invoke("status", "--json")
    assert json.loads(alone.output)["why"] == found["why"]


def test_expectation(invoke):
    """For scripts."""
    codes = [invoke("status", "--expect", state, "--json").exit_code for state in (NOW, OTHER)]
    assert codes == [0, 1]


@pytest.mark.lane_independent
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--expect=maybe"], "Error: Invalid value for '--expect': 'maybe' is not one of 'on', 'off'."),
        (["more"], "Error: Got unexpected extra argument (more)"),
        (["--json=no/such/folder.json"], "Error: The folder of 'no/such/folder.json' does not exist."),
    ],
)
def test_bad_usage_is_one_sentence(invoke, arguments, complaint):
    """With the next step above it."""
    ran = invoke("status", *arguments)
    assert ran.exit_code == 2
    usage, help_line, empty, error = ran.output.splitlines()
    assert usage == "Usage: gil status [OPTIONS]"
    assert (help_line, empty, error) == ("Try 'gil status --help' for help.", "", complaint)
