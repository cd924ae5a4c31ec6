import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import builds
import pytest

from abi_matrix.base import commands
from abi_matrix.base.errors import UserError


def test_what_a_command_prints_and_its_status_are_kept(tmp_path):
    program = "import os, sys; print(os.getcwd(), os.environ['X']); sys.stderr.write('why\\n'); sys.exit(3)"
    env = {**os.environ, "X": "1", "PYTHONIOENCODING": "utf-8"}  # the folder may have an umlaut
    result = commands.run(sys.executable, "-c", program, env=env, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (3, f"{tmp_path} 1\n", "why\n")


def test_a_command_reads_nothing_unless_it_is_given_something(tmp_path):
    program = "import sys; print(sys.stdin.read())"
    assert commands.run(sys.executable, "-c", program).stdout == "\n"
    (tmp_path / "file").write_text("x", encoding="ascii")
    with (tmp_path / "file").open("rb") as file:
        assert commands.run(sys.executable, "-c", program, stdin=file).stdout == "x\n"


# Starts another that would live on, and whose output is its own.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def test_what_hangs_has_failed_and_is_killed_with_all_that_it_started():
    start = time.monotonic()
    result = commands.run(sys.executable, "-c", PARENT, deadline=1.5)
    assert time.monotonic() - start < 30
    assert result.returncode != 0
    assert commands.last_line(result) == "did not end within 1.5 s"
    if sys.platform == "linux":
        builds.wait_until_gone(int(result.stdout))


def test_what_is_interrupted_leaves_nothing_running(monkeypatch):
    started = []

    class Interrupted(subprocess.Popen):
        def wait(self, timeout=None):
            if not started:
                started.append(self)
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        commands.run(sys.executable, "-c", "import time; time.sleep(60)")
    assert started[0].returncode not in {None, 0}


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv")
def test_the_mortal_end_with_what_started_them_also_when_that_is_killed():
    program = (
        "import subprocess\nfrom abi_matrix.base import commands\n"
        "child = subprocess.Popen(commands.mortal('sleep', '60'))\n"
        "print(child.pid, flush=True)\nchild.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        # It sets the signal before it becomes `sleep`.
        while "sleep" not in Path(f"/proc/{child}/comm").read_text(encoding="ascii"):
            assert parent.poll() is None
        parent.kill()
    builds.wait_until_gone(child)


def test_without_setpriv_a_command_is_as_it_was(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert commands.mortal("make", "-j2") == ("make", "-j2")


def test_succeed_returns_what_is_printed():
    assert commands.succeed(sys.executable, "-c", "print(1)") == "1\n"


def test_succeed_tells_what_failed_or_says_what_it_is_told_to_say():
    command = (sys.executable, "-c", "raise SystemExit('why')", "more")
    with pytest.raises(UserError, match=r"` failed: why$") as raised:
        commands.succeed(*command)
    assert "more" not in str(raised.value)
    with pytest.raises(UserError, match=r"^Do this \(why\)\.$"):
        commands.succeed(*command, or_say="Do this ({why}).")
    prints = "import sys; sys.exit('one\\n two')"
    with pytest.raises(UserError, match=r"^one two:\none\n two$"):
        commands.succeed(sys.executable, "-c", prints, or_say="{words}:\n{said}")


@pytest.mark.parametrize(
    ("out", "error", "said"),
    [("a\n", "b\nc \n\n", ["b", "c"]), ("a\n", "", ["a"]), ("", "\n", ["status 3"])],
)
def test_lines_are_those_that_say_why(out, error, said):
    result = subprocess.CompletedProcess([], 3, out, error)
    assert commands.lines(result) == said
    assert commands.last_line(result) == said[-1]


def test_what_steers_is_taken_away_and_what_reaches_the_network_is_not(monkeypatch):
    steering = dict.fromkeys(("PIP_FIND_LINKS", "UV_INDEX", "UV_PYTHON", "PYTHONPATH", "VIRTUAL_ENV"), "x")
    kept = {"UV_CACHE_DIR": "/cache", "UV_OFFLINE": "1", "HTTPS_PROXY": "proxy:1", "SSL_CERT_FILE": "/cert"}
    for name, value in (steering | kept).items():
        monkeypatch.setenv(name, value)
    environment = commands.plain_environment(MORE="1")
    assert not steering.keys() & environment.keys()
    assert (kept | {"MORE": "1"}).items() <= environment.items()


def test_a_log_has_all_that_a_command_prints(tmp_path):
    program = "import sys; print('out', flush=True); sys.stderr.write('err'); exit(len(sys.stdin.read()) + 3)"
    assert commands.logged(tmp_path / "log", sys.executable, "-c", program, cwd=tmp_path) == 3
    assert (tmp_path / "log").read_text(encoding="utf-8") == "out\nerr"
