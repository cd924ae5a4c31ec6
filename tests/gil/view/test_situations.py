"""The text of `gil situations`, and the command as a process."""

import contextlib
import dataclasses
import json
import os
import platform
import re

import pytest

import gil
from gil.cli import situations as command
from gil.lesson import situations
from gil.lesson.observe import Knocks, Observation, Step
from gil.view import situations as text

pytestmark = pytest.mark.lane_independent

SITUATION = situations.Situation("hold", "long work, attached", ("thread::sleep(phase);",), "hold(seconds)")
TURNS = Knocks(60, 50, 20.0, 5.25, 0.3)
STOPS = Knocks(3, 1, 60.0, 12.345, 0.9)
STEPS = (Step("enter", True), Step("exit", False))
SEEN = Observation(2, STEPS, 0, (), "attached", 61.2, 1.0, TURNS, STOPS)


def test_a_paragraph_has_all_there_is():
    result = situations.Result(SITUATION, SEEN, situations.BLOCKS_GC, "One sentence.")
    assert text.paragraph(result, 80).splitlines() == [
        "hold: long work, attached",
        "  Python     hold(seconds)",
        "  Rust       thread::sleep(phase);",
        "  steps      enter+ exit-",
        "  turns      50 of 60 in 61 ms from enter to exit; the longest wait 5.2 ms",
        "  stops      1 of 3; the longest wait 12.3 ms",
        "  verdict    One sentence.",
    ]


def test_where_nobody_asked_there_was_no_wait():
    seen = dataclasses.replace(SEEN, turns=Knocks(0, 0, 0.0, 0.0, None))
    result = situations.Result(SITUATION, seen, situations.NOTHING, "One sentence.")
    assert (
        "  turns      none asked for in 61 ms from enter to exit" in text.paragraph(result, 80).splitlines()
    )


def test_a_detached_stretch_has_its_share_of_the_call():
    seen = dataclasses.replace(SEEN, watched="detached", watched_share=0.346)
    result = situations.Result(SITUATION, seen, situations.DETACHED, "One sentence.")
    assert "detached to attach, 35% of a call" in text.paragraph(result, 200)


def test_what_was_not_run_has_no_numbers():
    result = situations.Result(situations.CATALOGUE["ctypes.CDLL"], None, situations.NOT_RUN, "Not run.")
    labels = [line.split()[0] for line in text.paragraph(result, 80).splitlines()]
    assert labels == ["ctypes.CDLL:", "Python", "from", "library", "sleep", "sleep()", "verdict"]


def test_a_narrow_terminal_gets_narrow_text():
    sentence = " ".join(["words"] * 40)
    result = situations.Result(SITUATION, SEEN, situations.ALONE, sentence)
    lines = text.paragraph(result, 50).splitlines()
    assert max(map(len, lines)) <= 50
    assert sum(line.count("words") for line in lines) == 40


NAMES = ("map_threads", "release", "ctypes.PyDLL")


def until_proven(start):
    # A run proves nothing only where too little was seen of what others did, which a busy machine may keep
    # from their turn. What contradicts the GIL's state, or what is expected below, is no reason for another.
    for _ in range(3):
        ran = start()
        if ran.returncode != 3:
            break
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


def test_a_pipe_gets_plain_lines(run_python, gil_enabled):
    ran = until_proven(lambda: run_python("-m", "gil", "situations", *NAMES, COLUMNS="80", FORCE_COLOR="1"))
    lines = ran.stdout.splitlines()
    build = "free-threaded" if gil.build_info().free_threaded_build else "standard"
    state = "GIL on" if gil_enabled else "GIL off"
    assert lines[0] == f"Python {platform.python_version()}, {build} build, {state}"
    assert [line.split(":")[0] for line in lines if line and line[0] in "mrc"] == list(NAMES)
    assert max(map(len, lines)) <= (79 if os.name == "nt" else 80)
    assert ran.stdout.isascii()
    assert ran.stdout.replace("\n", "").isprintable()
    verdicts = [line.split()[1:] for line in lines if line.startswith("  verdict")]
    assert [words[:2] for words in verdicts] == [
        ["Detached", "meanwhile:"],
        ["Detached", "meanwhile:"],
        ["Attached", "throughout" + ("," if gil_enabled else ":")],
    ]
    assert ran.stderr == ""


@pytest.mark.parametrize("situation", situations.CATALOGUE.values(), ids=lambda situation: situation.name)
def test_no_line_of_code_is_wider_than_a_terminal(situation):
    result = situations.Result(situation, None, situations.NOTHING, "Nothing.")
    assert max(map(len, text.paragraph(result, 80).splitlines())) <= 80


class TestUsage:
    def test_unknown_name_names_the_choices(self, invoke):
        ran = invoke("situations", "hold", "lists")
        assert ran.exit_code == 2
        usage, _, _, error = ran.output.splitlines()
        assert usage == "Usage: gil situations [OPTIONS] [NAME]..."
        choices = ", ".join(map(repr, situations.CATALOGUE))
        assert error == f"Error: Invalid value for '[NAME]...': 'lists' is not one of {choices}."

    def test_name_after_json_is_no_file(self, invoke):
        ran = invoke("situations", "--json", "hold")
        assert ran.exit_code == 2
        assert ran.output.splitlines()[-1] == (
            "Error: 'hold' would be a file; name the situations before --json."
        )

    def test_folder_that_is_missing(self, invoke, tmp_path):
        ran = invoke("situations", f"--json={tmp_path / 'no' / 'file.json'}")
        assert ran.exit_code == 2
        assert ran.output.splitlines()[-1].endswith("does not exist.")

    def test_help_lists_the_situations(self, invoke):
        shown = invoke("situations", "--help").output
        assert re.findall(r"(?m)^  ([\w.]+)  ", shown) == [*situations.CATALOGUE]
        assert max(map(len, shown.splitlines())) <= 80

    def test_json_alone_says_on_a_terminal_which_one_runs(self, invoke, monkeypatch):
        proved = situations.Result(SITUATION, SEEN, situations.ALONE, "Something.")
        monkeypatch.setattr(situations, "run", lambda names: iter([proved]))
        shown = []
        monkeypatch.setattr(command, "progress", lambda *, lines: contextlib.nullcontext(shown.append))
        assert invoke("situations", "hold", "release", "--json").exit_code == 0
        assert shown == ["1 of 2: release", "2 of 2: hold"]
        assert invoke("situations", "hold", "release").exit_code == 0
        assert len(shown) == 2

    def test_nothing_proven_fails(self, invoke, monkeypatch, tmp_path):
        proved = situations.Result(SITUATION, SEEN, situations.ALONE, "Something.")
        proved_nothing = dataclasses.replace(proved, kind=situations.NOTHING, verdict="Nothing.")
        monkeypatch.setattr(situations, "run", lambda names: iter([proved_nothing, proved]))
        file = tmp_path / "result.json"
        ran = invoke("situations", "hold", f"--json={file}")
        assert ran.exit_code == 3
        assert "  verdict    Nothing." in ran.output
        assert json.loads(file.read_text())["situations"][0]["kind"] == situations.NOTHING
        assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
