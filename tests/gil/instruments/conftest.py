"""What the tests of several instruments ask of the process."""

from pathlib import Path

import pytest


@pytest.fixture
def threads_of_the_process():
    """Count them, those too that Python does not know."""
    tasks = Path("/proc/self/task")
    if not tasks.exists():
        pytest.skip("only Linux tells the number of threads")
    return lambda: len(list(tasks.iterdir()))
