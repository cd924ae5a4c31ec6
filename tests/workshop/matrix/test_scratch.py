import subprocess
import sys

import pytest

from matrix import scratch
from matrix.errors import UserError
from matrix.table import ROOT


def test_the_folder_is_empty_and_gone_afterwards(cache_folder):
    with scratch.folder("x", 1, "This") as work:
        assert work.is_relative_to(cache_folder)
        assert [*work.iterdir()] == []
        (work / "file").touch()
    assert [*work.parent.iterdir()] == []


def test_what_a_killed_run_left_is_removed():
    program = (
        "import time\nfrom matrix import scratch\n"
        "with scratch.folder('x', 1, 'This') as work:\n print(work, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        left = run.stdout.readline().strip()
        run.kill()
    with scratch.folder("x", 1, "This") as work:
        assert [*work.parent.iterdir()] == [work]
        assert str(work) != left


def test_a_full_disk_is_told():
    with pytest.raises(UserError, match=r"^This needs \d+ MiB"), scratch.folder("x", 2**40, "This"):
        pass
