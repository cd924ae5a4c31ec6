import sys
import time
from pathlib import Path

import pytest

from abi_matrix.base import processes


def test_what_steers_is_taken_away_and_what_reaches_the_network_is_not(monkeypatch):
    steering = {"PIP_FIND_LINKS": "/x", "UV_INDEX": "x", "PYTHON_GIL": "0", "VIRTUAL_ENV": "/x"}
    kept = {"UV_CACHE_DIR": "/cache", "UV_OFFLINE": "1", "HTTPS_PROXY": "proxy:1"}
    for name, value in (steering | kept).items():
        monkeypatch.setenv(name, value)
    result = processes.run(sys.executable, "-c", "import os; print(*os.environ)")
    assert steering.keys().isdisjoint(result.stdout.split())
    assert kept.keys() <= {*result.stdout.split()}


NESTED = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells so easily what runs")
def test_what_hangs_is_ended_with_all_that_it_has_started():
    result = processes.run(sys.executable, "-c", NESTED, patience=1)
    assert processes.last_line(result) == "did not end within 1 s"
    stat, deadline = Path(f"/proc/{int(result.stdout)}/stat"), time.monotonic() + 10
    while stat.exists() and stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_last_words_are_found_wherever_they_are():
    def of(code):
        return processes.last_line(processes.run(sys.executable, "-c", code))

    assert of("print('out')") == "out"
    assert of("import sys; print('out'); print('why\\n', file=sys.stderr)") == "why"
    assert of("import os; os._exit(7)") == "status 7"
