"""``gil probe``."""

import dataclasses
import io
import json
import math
import os
import signal
import sys

import pytest

from gil.cli import progress
from gil.instruments.probe.result import Kind, Probe
from gil.instruments.survey import process, sweep
from gil.instruments.survey.errors import MeasurementError, UsageError

pytestmark = [
    pytest.mark.thread_unsafe(reason="runs processes, and replaces sys.stdout"),
    pytest.mark.lane_independent,  # tests/gil/instruments/probe has what the GIL changes
]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and terminals")

SHARE = (0.1, (0.05, 0.15))
PROBE = Probe("m:f", Kind.LETS_GO, "One.", True, *SHARE, 1.0, None, 1, 9, 3, 2.0, "m", 0, None, None, 0.1)
UNKNOWN = dataclasses.replace(PROBE, verdict=Kind.UNKNOWN, attached_share=math.nan, confidence=(0.0, 1.0))


@pytest.fixture
def answers(monkeypatch):
    """Replace the process of a probe: what is called next, or each name of a module, has this answer."""

    def set_answer(answer, names=None):
        asked = []

        def ask(request, timeout, **_):
            asked.append((request, timeout))
            if names and request.function is None and request.code is None:
                return {"names": names}
            if isinstance(answer, Exception):
                raise answer
            return {"probe": answer.as_json()}

        monkeypatch.setattr(process, "ask", ask)
        monkeypatch.setattr(sweep, "ask", ask)
        return asked

    return set_answer


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Name what to probe: MODULE:FUNC, MODULE --all, or -c CODE."),
        (["--all"], "Name what to probe: MODULE:FUNC, MODULE --all, or -c CODE."),
        (["--json", "m:f"], "'m:f' would be the file of --json; name what to probe before it."),
        (["m"], "'m' names no function: say m:FUNC, or --all for all of them."),
        (["m:"], "'m:' names no function: say m:FUNC, or --all for all of them."),
        (["m:f", "-c", "1"], "Either MODULE:FUNC or -c CODE, not both."),
        (["--all", "-c", "1"], "Either MODULE:FUNC or -c CODE, not both."),
        (["m:f", "--all"], "--all takes a MODULE only; --args FILE says what to call its functions with."),
        (["m", "1", "--all"], "--all takes a MODULE only; --args FILE says what to call its functions with."),
        (["m:f", f"--args={__file__}"], "--args and --baseline go with --all."),
        (["m", "--all", "--baseline=no.json"], "'no.json' does not exist."),
        (["m:f", "--releases=2"], "2.0 is not in the range 0<=x<=1."),
        (["m:f", "--seconds=0"], "0.0 is not in the range 0<x<=3600."),
        (["m:f", "--releases=nan"], "nan is not in the range 0 to 1."),
        (["m:f", "--seconds=nan"], "nan is not in the range 0 to 3600."),
        (["m:f", "--seconds=inf"], "inf is not in the range 0<x<=3600."),
        (["m:f", "--timeout=nan"], "nan is not in the range 0 to 86400."),
        (["m:f", "--timeout=inf"], "inf is not in the range 0<x<=86400."),
        (["m:f", "--timeout=soon"], "'soon' is not a valid float range."),
        (["m:f", "--json=no/such/folder.json"], "The folder of 'no/such/folder.json' does not exist."),
    ],
)
def test_bad_usage_is_one_sentence(invoke, answers, arguments, complaint):
    asked = answers(PROBE)
    ran = invoke("probe", *arguments)
    assert ran.exit_code == 2
    usage, _, empty, error = ran.output.splitlines()
    assert (usage, empty) == ("Usage: gil probe [OPTIONS] [MODULE:FUNC] [ARG]...", "")
    assert error.startswith("Error: ")
    assert error.endswith(complaint)
    assert asked == []


def test_prints_the_verdict_first(invoke, answers):
    asked = answers(PROBE)
    ran = invoke("probe", "m:f.g", "1", "a=2", "--once", "--timeout=7", "-s", "x = 1")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[:2] == [
        "One.",
        "  attached   10 % of its time (5.0 % to 15 % at 95 %), at most 1.0 ms in one go",
    ]
    [(request, timeout)] = asked
    assert (request.module, request.function, request.arguments) == ("m", "f.g", ("1", "a=2"))
    assert (request.setup, request.repeat, request.seconds, timeout) == ("x = 1", False, 1.0, 7)
    assert request.path[0] == os.getcwd()  # noqa: PTH109


def test_arguments_may_begin_with_a_dash(invoke, answers):
    asked = answers(PROBE)
    invoke("probe", "--", "m:f", "-1")
    assert asked[0][0].arguments == ("-1",)


def test_json_is_all_there_is_on_standard_output(invoke, answers, tmp_path):
    answers(PROBE)
    assert json.loads(invoke("probe", "-c", "1", "--json").stdout) == PROBE.as_json()
    ran = invoke("probe", "-c", "1", f"--json={tmp_path}/probe.json")
    assert ran.stdout.startswith("One.")
    assert json.loads((tmp_path / "probe.json").read_text()) == PROBE.as_json()


@pytest.mark.parametrize(
    ("share", "code", "error"),
    [
        ("0.8", 0, ""),
        (
            "0.9",
            3,
            "Error: Whether m:f lets go for at least 90 % of its time is too close to tell: it lies",
        ),
        ("0.96", 1, "Error: m:f does not let go for at least 96.0 % of its time, but for 90 %."),
    ],
)
def test_a_property_is_asked(invoke, answers, share, code, error):
    answers(PROBE)
    ran = invoke("probe", "m:f", f"--releases={share}")
    assert ran.exit_code == code
    assert ran.stderr.startswith(error)
    assert len(ran.stderr.splitlines()) == (code > 0)


def test_nothing_seen_is_no_pass(invoke, answers):
    answers(UNKNOWN)
    assert invoke("probe", "m:f").exit_code == 3
    assert invoke("probe", "m:f", "--releases=0").exit_code == 3


@pytest.mark.parametrize("arguments", [["m:f"], ["m", "--all"]])
@pytest.mark.parametrize(
    ("error", "code"), [(UsageError("No such thing."), 2), (MeasurementError("It hung."), 3)]
)
def test_what_cannot_be_probed_is_a_sentence(invoke, answers, arguments, error, code):
    answers(error)
    ran = invoke("probe", *arguments)
    assert ran.exit_code == code
    assert ran.stdout == ""
    assert ran.stderr.splitlines()[-1] == f"Error: {error}"


class TestAll:
    NAMES = {"f": None, "g": "an exception"}  # noqa: RUF012 - nobody changes it

    def test_lists_all_and_says_how_far_it_is(self, invoke, answers):
        answers(PROBE, self.NAMES)
        ran = invoke("probe", "m", "--all")
        assert ran.exit_code == 0
        assert ran.stdout.splitlines()[0].endswith(": 1 of 2 measured")
        assert ran.stderr.splitlines() == ["Importing m", "1 of 2: m:f", "2 of 2: m:g"]

    def test_a_baseline_that_holds(self, invoke, answers, tmp_path):
        file = tmp_path / "base.json"
        answers(PROBE, self.NAMES)
        assert invoke("probe", "m", "--all", f"--json={file}").exit_code == 0
        assert invoke("probe", "m", "--all", f"--baseline={file}").exit_code == 0

    def test_who_no_longer_lets_go_fails(self, invoke, answers, tmp_path):
        file = tmp_path / "base.json"
        answers(PROBE, self.NAMES)
        invoke("probe", "m", "--all", f"--json={file}")
        answers(dataclasses.replace(PROBE, attached_share=1.0, confidence=(0.99, 1.0)), self.NAMES)
        ran = invoke("probe", "m", "--all", f"--baseline={file}")
        assert ran.exit_code == 1
        assert ran.stderr.splitlines()[-2:] == [
            "Error: m:f let go for 90 % of its time, and now does for 0 %.",
            f"If that is meant to be, renew the baseline: `gil probe m --all --json {file}`.",
        ]

    def test_who_cannot_be_measured_any_more_is_no_pass(self, invoke, answers, tmp_path):
        file = tmp_path / "base.json"
        answers(PROBE, {"e": None, **self.NAMES})
        invoke("probe", "m", "--all", f"--json={file}")
        answers(PROBE, self.NAMES)
        ran = invoke("probe", "m", "--all", f"--baseline={file}")
        assert ran.exit_code == 3
        assert ran.stderr.splitlines()[-1] == "Error: m:e let go for 90 % of its time, and is there no more."

    def test_nothing_measured_is_no_pass(self, invoke, answers):
        answers(PROBE, {"g": "an exception"})
        ran = invoke("probe", "m", "--all")
        assert ran.exit_code == 3
        assert ran.stderr.splitlines()[-1].startswith(
            "Error: Nothing of m could be measured; --args FILE says"
        )

    def test_what_could_not_be_measured_is_no_pass(self, invoke, answers, tmp_path):
        """Neither with a baseline, nor with a property, nor where there is nothing else."""
        file = tmp_path / "base.json"
        answers(PROBE, self.NAMES)
        invoke("probe", "m", "--all", f"--json={file}")
        answers(UNKNOWN, self.NAMES)
        for more in ([], [f"--baseline={file}"], ["--releases=0"]):
            ran = invoke("probe", "m", "--all", *more)
            assert ran.exit_code == 3
            assert ran.stdout.splitlines()[0].endswith(": 0 of 2 measured")

    def test_a_property_is_asked_of_all(self, invoke, answers):
        answers(PROBE, {"f": None, "g": None})
        ran = invoke("probe", "m", "--all", "--releases=0.99")
        assert ran.exit_code == 1
        assert sum(line.startswith("Error: m:f does not let go") for line in ran.stderr.splitlines()) == 2

    def test_the_plan_is_a_file(self, invoke, answers, tmp_path):
        file = tmp_path / "args.toml"
        file.write_text("[call]\nf = ['1']\n")
        asked = answers(PROBE, self.NAMES)
        invoke("probe", "m", "--all", f"--args={file}")
        assert asked[-1][0].arguments == ("1",)
        file.write_text("calls = 1")
        assert invoke("probe", "m", "--all", f"--args={file}").exit_code == 2


def test_a_terminal_shows_progress_in_one_line(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "10")
    with progress.progress(lines=True) as show:
        show("a long sentence")
        show("short")
    assert terminal.getvalue() == "\ra long se\rshort    \r     \r"


def test_a_terminal_shows_nothing_where_there_was_nothing(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.progress(lines=True):
        pass
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("lines", [True, False])
def test_without_standard_error_nothing_is_shown(monkeypatch, lines):
    monkeypatch.setattr(sys, "stderr", None)
    with progress.progress(lines=lines) as show:
        show("one")


@pytest.mark.parametrize(("lines", "shown"), [(True, "one\n"), (False, "")])
def test_a_log_shows_progress_in_lines_or_not_at_all(capsys, lines, shown):
    with progress.progress(lines=lines) as show:
        show("one")
    assert capsys.readouterr().err == shown


@pytest.mark.child(
    "-m", "gil", "probe", "gil:release", "0.02", "--seconds=0.2", "--releases=0.5", COLUMNS="40"
)
def test_the_command_as_a_process(child):
    assert child.stderr == ""
    assert child.returncode in {0, 3}  # 3 where the machine was so busy that too little was seen of 20 ms
    lines = child.stdout.splitlines()
    assert lines[0].startswith("gil:release ")
    assert max(map(len, lines)) <= 40
    assert child.stdout.isascii()


@pytest.mark.child("-m", "gil", "probe", "no_such_module:f")
def test_bad_usage_of_the_process(child):
    assert (child.returncode, child.stdout) == (2, "")
    assert (
        child.stderr.splitlines()[-1]
        == "Error: There is no module 'no_such_module' for this Python; is it installed?"
    )
    assert len(child.stderr.splitlines()) == 4


@posix
def test_ctrl_c_ends_all(start_python):
    code = "import sys; sys.argv[1:] = ['probe', '-c', SAY]; from gil.cli import main; main()"
    say = "import gil, os; os.write(2, b'begun\\n'); gil.hold(1e6)"
    with start_python("-c", code.replace("SAY", repr(say)), deadline=20) as process_:
        assert process_.stderr.readline() == "begun\n"
        process_.send_signal(signal.SIGINT)
        assert (
            process_.stderr.read() == "Interrupted.\n"
        )  # the end of the other process, too, which has it open
        assert process_.wait() == 130
