"""The processes of tests/conftest.py."""

import os
import sys

import pytest

pytestmark = pytest.mark.thread_unsafe(reason="waits for a process of its own")


def test_a_process_that_does_not_end_fails_the_test(run_python):
    """On Windows the status of one that was killed is 1, as if it had come to an end and found a failure."""
    with pytest.raises(pytest.fail.Exception, match=r"^still ran after 0\.5 s, and was ended: ") as raised:
        run_python("-c", "import time; time.sleep(600)", deadline=0.5)
    assert sys.executable in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("parent", ["time.sleep(600)", "os._exit(0)"], ids=["hangs", "has ended"])
def test_a_child_that_keeps_the_pipes_open_is_ended_as_well(run_python, parent):
    """Else who reads from them would wait for as long as the child lives."""
    with pytest.raises(pytest.fail.Exception, match=r"^still ran after 0\.5 s"):
        run_python("-c", f"import os, time\nif os.fork(): {parent}\ntime.sleep(600)", deadline=0.5)


def test_a_process_that_ends_in_time_is_as_it_says(run_python):
    run = run_python("-c", "import sys; print('out'); sys.exit('err')")
    assert (run.returncode, run.stdout, run.stderr) == (1, "out\n", "err\n")
