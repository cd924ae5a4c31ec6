"""The processes of tests/conftest.py."""

import sys

import pytest

pytestmark = pytest.mark.thread_unsafe(reason="waits for a process of its own")


def test_a_process_that_does_not_end_fails_the_test(run_python):
    """On Windows the status of one that was killed is 1, as if it had come to an end and found a failure."""
    with pytest.raises(pytest.fail.Exception, match=r"^still ran after 0\.5 s, and was ended: ") as raised:
        run_python("-c", "import time; time.sleep(600)", deadline=0.5)
    assert sys.executable in str(raised.value)


def test_a_process_that_ends_in_time_is_as_it_says(run_python):
    run = run_python("-c", "import sys; print('out'); sys.exit('err')")
    assert (run.returncode, run.stdout, run.stderr) == (1, "out\n", "err\n")
