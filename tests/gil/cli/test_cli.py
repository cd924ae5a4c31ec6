"""The command line, as a process."""

import contextlib
import errno
import importlib.metadata
import json
import os
import platform
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import gil
import gil.__main__

pytestmark = [
    pytest.mark.thread_unsafe(reason="runs processes that compare the clocks of their threads"),
    pytest.mark.lane_independent,  # test_demo.py shows what the GIL does to the demo, without a process
]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and terminals")

DEMO = ("-m", "gil", "demo")
RUST_LINES = [
    "Rust: Enter double_list...",
    "Rust: Release GIL...",
    "Rust: Acquire GIL...",
    "Rust: Exit...",
]
PY_LINES = ["Py: Enter double_list_py...", "Py: Sleep for N sec...", "Py: Exit..."]
LINES = 9
# What a terminal or a service may have set, and what tells rich to forget that it writes into a pipe.
PLAIN = dict.fromkeys(["FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "PYTHONUTF8"])


def lasting(phase):
    return *DEMO, f"--detached={phase}", f"--attached={phase}"


@pytest.fixture
def proven(until_proven, run_python, tmp_path):
    """Run the demo, its result into a file, until it has proven something; return that run."""

    def prove(run=run_python, **variables):
        def start(phase):
            ran = run(*lasting(phase), f"--json={tmp_path}/result.json", **variables)
            return ran, json.loads((tmp_path / "result.json").read_text())

        ran = until_proven(start)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran

    return prove


@contextlib.contextmanager
def in_terminal(*arguments, **variables):
    """Start this interpreter on a pseudo-terminal of 80 columns; give the process and our end of it."""
    import pty  # noqa: PLC0415 - not on Windows
    import termios  # noqa: PLC0415

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    changed = os.environ | {"TERM": "xterm", "PYTHONUNBUFFERED": None, "COLUMNS": None} | variables
    env = {name: value for name, value in changed.items() if value is not None}
    process = subprocess.Popen(
        [sys.executable, *arguments], env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_terminal(terminal):
    received = b""
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError as error:  # Linux's way of telling that the last process has closed its end
            if error.errno != errno.EIO:
                raise
            data = b""  # and that of macOS
        if not data:
            return received.decode()
        received += data


def test_a_terminal_is_read_to_its_end_on_macos_too():
    ours, theirs = os.pipe()  # whose end is told in the same way
    os.write(theirs, b"all of it")
    os.close(theirs)
    assert read_terminal(ours) == "all of it"
    os.close(ours)


def run_in_terminal(*arguments, **variables):
    with in_terminal(*arguments, **variables) as (process, terminal):
        text = read_terminal(terminal)
        return subprocess.CompletedProcess(process.args, process.wait(30), text.replace("\r\n", "\n"), "")


def check_lines(text, *, gil_enabled):
    """Fail unless `text` begins with the demo's nine lines, each whole and in its place."""
    lines = [re.sub(r"for [\d.]+ sec", "for N sec", line) for line in text.splitlines()[:LINES]]
    assert [line for line in lines if line in RUST_LINES] == RUST_LINES
    assert [line for line in lines if line in PY_LINES] == PY_LINES
    assert lines[-2:] == ["Py: [2, 4, 6]", "Rust: [2, 4, 6]"]
    last = ["Rust: Exit...", "Py: Exit..."] if gil_enabled else ["Py: Exit...", "Rust: Exit..."]
    assert lines[-5:-2] == ["Rust: Acquire GIL...", *last]


def check_picture(text, *, gil_enabled, waiting):
    """Fail unless the picture is whole, in 80 columns, and tells of the state of the GIL."""
    lines = text.splitlines()
    assert max(map(len, lines)) == (79 if os.name == "nt" else 80)
    lane = next(line for line in lines[LINES:] if line.startswith("Python  "))
    if gil_enabled:  # without one a busy machine may still keep it waiting
        assert waiting in lane
    state = "GIL on" if gil_enabled else "GIL off"
    build = "free-threaded" if gil.build_info().free_threaded_build else "standard"
    assert lines[LINES : LINES + 2] == ["", f"Python {platform.python_version()}, {build} build, {state}"]
    sentence = " ".join(text.split("\n\n")[-1].split())
    assert sentence.startswith(
        f"This run proves that {'the GIL is on' if gil_enabled else 'there is no GIL'}:"
    )


def test_a_pipe_gets_lines_and_picture_and_a_file_the_json(proven, gil_enabled, tmp_path):
    file = tmp_path / "result.json"
    file.write_text("what was there before")
    ran = proven(**PLAIN, PYTHONIOENCODING="utf-8", COLUMNS="80")
    check_lines(ran.stdout, gil_enabled=gil_enabled)
    check_picture(ran.stdout, gil_enabled=gil_enabled, waiting="░")
    assert "\x1b" not in ran.stdout
    assert ran.stderr == ""
    check_json(file.read_text(), gil_enabled=gil_enabled)
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    if os.name == "posix":
        umask = os.umask(0o022)
        os.umask(umask)
        assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask


def test_the_verdict_of_the_demo_is_not_broken_into_letters(proven):
    ran = proven(**PLAIN, COLUMNS="1")
    assert max(map(len, ran.stdout.split("\n\n")[-1].splitlines())) in {19, 20}


@posix
@pytest.mark.parametrize(
    ("plain", "encoding", "waiting"), [(None, "utf-8", "░"), ("1", "ascii", ".")], ids=["colour", "plain"]
)
def test_a_terminal_gets_lines_and_picture(proven, gil_enabled, plain, encoding, waiting):
    variables = PLAIN | {"PYTHONUNBUFFERED": plain, "NO_COLOR": plain, "PYTHONIOENCODING": encoding}
    ran = proven(run_in_terminal, **variables)
    check_lines(ran.stdout, gil_enabled=gil_enabled)
    check_picture(re.sub(r"\x1b\[[\d;]*m", "", ran.stdout), gil_enabled=gil_enabled, waiting=waiting)
    assert ("\x1b[32m" in ran.stdout) is (plain is None)
    assert ran.stdout.isascii() is (encoding == "ascii")


def check_json(text, *, gil_enabled):
    result = json.loads(text)
    assert result["python"] == platform.python_version()
    assert result["gil_enabled"] is gil_enabled
    assert result["free_threaded_build"] is gil.build_info().free_threaded_build
    last = ["Rust: Exit", "Py: Exit"] if gil_enabled else ["Py: Exit", "Rust: Exit"]
    assert result["order"][-2:] == last
    assert {event["thread_name"] for event in result["events"]} == {"Python", "Rust"}
    assert [event["ns"] for event in result["events"]] == sorted(event["ns"] for event in result["events"])
    assert result["proven"] is True


def test_json_alone_on_stdout(run_python, until_proven, gil_enabled):
    def start(phase):
        ran = run_python(*lasting(phase), "--json")
        return ran, json.loads(ran.stdout)

    ran = until_proven(start)
    assert ran.returncode == 0
    check_json(ran.stdout, gil_enabled=gil_enabled)
    check_lines(ran.stderr, gil_enabled=gil_enabled)
    assert len(ran.stderr.splitlines()) == LINES


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--detached=0"], "detached must be more than 0 and at most 3600 seconds, got 0."),
        (["--detached=-1"], "detached must be more than 0 and at most 3600 seconds, got -1."),
        (["--attached=nan"], "attached must be more than 0 and at most 3600 seconds, got nan."),
        (["--attached=inf"], "attached must be more than 0 and at most 3600 seconds, got inf."),
        (["--detached=1e300"], "detached must be more than 0 and at most 3600 seconds, got 1e+300."),
        (["--attached=0.1"], "attached must be more than 0.2 seconds with detached = 1"),
        (["--detached=long"], "Invalid value for '--detached': 'long' is not a valid float."),
        (["--json=no/such/folder.json"], "The folder of 'no/such/folder.json' does not exist."),
        (["--json=."], "is a directory."),
        (["more"], "Got unexpected extra argument (more)"),
    ],
)
def test_bad_usage_is_one_sentence(invoke, arguments, complaint):
    ran = invoke("demo", *arguments)
    assert ran.exit_code == 2
    usage, help_line, empty, error = ran.output.splitlines()
    assert (usage, help_line, empty) == ("Usage: gil demo [OPTIONS]", "Try 'gil demo --help' for help.", "")
    assert error.startswith("Error: ")
    assert complaint in error


@pytest.mark.child(*DEMO, "--detached=-1")
def test_bad_usage_of_the_process(child):
    assert child.returncode == 2
    assert child.stdout == ""
    assert child.stderr.splitlines()[0] == "Usage: python -m gil demo [OPTIONS]"
    assert len(child.stderr.splitlines()) == 4


def test_an_unprovable_run_fails(run_python):
    # A Rust thread that never sleeps long enough: two microseconds is less than starting a thread takes.
    for _ in range(5):
        ran = run_python(*DEMO, "--json", "--detached=0.000001", "--attached=0.000001")
        if not json.loads(ran.stdout)["proven"]:
            break
    assert ran.returncode == 3
    assert json.loads(ran.stdout)["verdict"].startswith("This run proves nothing (")


def test_version(invoke):
    assert invoke("--version").output == f"gil-demo {gil.__version__}\n"
    assert gil.__version__ == importlib.metadata.version("gil-demo")


def test_console_script_is_the_same_command():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="gil")
    assert script.value == "gil.__main__:main"
    assert script.load() is gil.__main__.main


@pytest.mark.parametrize(
    "begun",
    [
        "sys.meta_path.insert(0, interrupt)",
        "import gil.cli.status; gil.cli.status.check_folder = interrupt",
    ],
    ids=["imports", "work"],
)
def test_ctrl_c_before(run_python, begun):
    """As if it came while the modules are imported, or before a command begins with its work."""
    interrupted = "def interrupt(*_): raise KeyboardInterrupt\ninterrupt.find_spec = interrupt"
    start = "import sys; from gil.__main__ import main; sys.argv[1:] = ['status']"
    ran = run_python("-c", f"{start}\n{interrupted}\n{begun}\nmain()")
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "Interrupted.\n")


def importing(module):
    code = (
        f"import sys; before = set(sys.modules); import {module};"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    return pytest.param(module, marks=pytest.mark.child("-c", code))


@pytest.mark.parametrize("module", [importing("gil"), importing("gil.cli")])
def test_imports_no_more_than_needed(child, module):
    new = set(child.stdout.split())
    assert "gil" in new
    assert new.isdisjoint({"rich", "concurrent", "json", "pathlib", "shutil", "statistics"})
    if module == "gil":
        assert new.isdisjoint({"click", "dataclasses", "typing", "concurrent", "inspect"})


def test_reader_has_gone(start_python):
    with start_python(*lasting(0.25)) as process:
        assert "Enter double_list" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 1


def test_reader_of_the_picture_has_gone(start_python):
    with start_python(*lasting(0.25)) as process:
        for line in process.stdout:
            if line.startswith("Rust: ["):
                break
        process.stdout.close()
        assert process.stderr.read() == ""
        # 0 where the picture was already in the pipe.
        assert process.wait() in {0, 1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk(run_python):
    ran = run_python(
        "-c",
        "import os, sys; os.dup2(os.open('/dev/full', os.O_WRONLY), 1);"
        "sys.argv[1:] = ['demo']; from gil.cli import main; main()",
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: ")
    # Windows has two numbers for it: Rust's thread hears the system's, Python's the C library's.
    assert "[WinError 112]" in ran.stderr or "No space left on device" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def interrupted_at(start_python, line, *arguments):
    with start_python(*arguments, deadline=20) as process:
        while process.stdout.readline() != line:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        # Both threads would sleep on for longer than the deadline.
        assert process.wait() == 130
        assert process.stderr.read() == "Interrupted.\n"
        return process.stdout.read()


@posix
def test_ctrl_c_while_detached(start_python):
    interrupted_at(start_python, "Rust: Release GIL...\n", *DEMO, "--detached=60", "--attached=60")


@posix
def test_ctrl_c_while_json_is_awaited(start_python):
    with start_python(*DEMO, "--json", "--detached=60", "--attached=60", deadline=20) as process:
        while process.stderr.readline() != "Rust: Release GIL...\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        # Not always the last line: the Python thread may be about to write its own.
        assert "Interrupted." in process.stderr.read().splitlines()
        assert process.wait() == 130


# Wherever a garbage collection may begin, it does: without a GIL it would wait for the Rust thread.
GREEDY = """
import gc, sys
from gil.cli import main
gc.set_threshold(1, 0)
main()
"""


@posix
def test_ctrl_c_while_attached(start_python, gil_enabled):
    arguments = ("demo", "--detached=0.05", f"--attached={0.8 if gil_enabled else 60}")
    rest = interrupted_at(start_python, "Rust: Acquire GIL...\n", "-c", GREEDY, *arguments)
    # With a GIL the main thread cannot run before the Rust thread has left.
    assert ("Rust: Exit...\n" in rest) is gil_enabled
