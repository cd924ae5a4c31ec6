"""What all commands do alike: JSON files, the width of text, and outputs that are closed."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gil.cli import output

pytestmark = [
    pytest.mark.thread_unsafe(reason="runs processes, and changes the environment"),
    pytest.mark.lane_independent,
]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX links, devices and file descriptors")

# Commands that each run in a process that has no standard output, or none for errors. These are copies of one
# process: to start an interpreter for each, and to import all this, takes longer than what they do.
COPIES = """
import json, os, sys
import gil.cli.demo, gil.instruments.status, gil.lesson.observe
from gil.__main__ import main

closed, folder, commands = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
statuses = []
for number, arguments in enumerate(commands):
    if not (child := os.fork()):
        file = os.open(f"{folder}/{number}", os.O_WRONLY | os.O_CREAT)
        os.dup2(file, 3 - closed)
        os.close(file)
        os.close(closed)
        # As it is where Python starts without one.
        if closed == 1: sys.stdout = sys.__stdout__ = None
        else: sys.stderr = sys.__stderr__ = None
        sys.argv[1:] = arguments
        main()
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(statuses))
"""


@pytest.fixture
def run_without(run_python, tmp_path):
    """Run commands without file descriptor 1 or 2; return their statuses and what is in the other file."""

    def run(closed, commands):
        ran = run_python("-c", COPIES, str(closed), str(tmp_path), json.dumps(commands))
        assert (ran.returncode, ran.stderr) == (0, "")
        statuses = json.loads(ran.stdout)
        texts = [(tmp_path / str(number)).read_text() for number in range(len(commands))]
        return dict(zip(map(" ".join, commands), zip(statuses, texts, strict=True), strict=True))

    return run


@pytest.mark.parametrize(
    ("columns", "widest"), [("1", 20), ("80", 79 if os.name == "nt" else 80), ("1000", 100)]
)
def test_text_is_as_wide_as_the_console_or_as_can_be_read_well(monkeypatch, columns, widest):
    """An old console of Windows breaks a line that fills it."""
    monkeypatch.setenv("COLUMNS", columns)
    assert output.width() == widest


def test_json_that_cannot_be_written_leaves_what_was_there(tmp_path):
    file = tmp_path / "result.json"
    file.write_text("what was there before")
    with pytest.raises(UnicodeEncodeError):
        output.write(file, "half of it \ud800")
    assert file.read_text() == "what was there before"
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


@posix
def test_json_through_a_link_keeps_the_link(tmp_path):
    link, file = tmp_path / "link.json", tmp_path / "result.json"
    link.symlink_to(file)
    output.write(link, "{}")
    assert link.is_symlink()
    assert file.read_text() == "{}"


@posix
def test_json_into_a_device():
    output.write(Path("/dev/null"), "{}")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # not replaced by a file # noqa: PTH116


@pytest.mark.parametrize(
    "arguments", [["demo"], ["situations"], ["probe", "-c", "1"], ["imports", "json"], ["status"]]
)
def test_a_file_without_a_name_is_bad_usage(invoke, arguments):
    ran = invoke(*arguments, "--json", "")
    assert ran.exit_code == 2
    assert ran.output.splitlines()[-1] == "Error: Invalid value for '--json': '' is no name of a file."


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments", [["--help"], ["demo", "--help"], ["probe", "--help"], ["situations", "--help"]], ids=" ".join
)
def test_reader_of_the_help_has_gone(arguments):
    reading, writing = os.pipe()
    os.close(reading)  # before the process starts: it may be faster than we are
    command = [sys.executable, "-m", "gil", *arguments]
    ran = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (1, b"")


@posix
@pytest.mark.process
@pytest.mark.parametrize("closed", [1, 2])
def test_a_process_that_a_shell_starts_without_one(closed):
    command = ["sh", "-c", f'exec "$@" {closed}>&-', "sh", sys.executable, "-m", "gil", "status", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if closed == 1:
        assert (ran.returncode, ran.stderr) == (1, "Error: [Errno 9] Bad file descriptor\n")
    else:
        assert ran.returncode == 0
        assert json.loads(ran.stdout)["gil_enabled"] in {True, False}


@posix
def test_without_standard_error_nothing_fails(run_without):
    failing = ["probe", "gil", "--all", "--timeout=0.001", "--json"]
    commands = [
        ["demo", "--detached=0.02", "--attached=0.02", "--json"],
        ["situations", "hold", "--json"],
        ["probe", "-c", "print('not JSON')", "--once", "--json"],
        ["imports", "json", "--json"],
        ["status", "--json"],
    ]
    runs = run_without(2, [failing, *commands])
    assert runs.pop(" ".join(failing)) == (3, "")  # of which nobody can be told
    for status, text in runs.values():
        assert status in {0, 3}  # 3 where the machine was busy
        json.loads(text)


@posix
def test_without_standard_output_there_is_one_sentence(run_without):
    text = [
        ["demo"], ["situations", "hold"], ["probe", "-c", "1", "--once"], ["imports", "json"], ["status"]
    ]  # fmt: skip
    runs = run_without(1, [*text, *([*command, "--json"] for command in text)])
    assert set(runs.values()) == {(1, "Error: [Errno 9] Bad file descriptor\n")}, runs
