"""The command line without a process of its own."""

import pytest
from click.testing import CliRunner

from gil import cli


@pytest.fixture
def invoke():
    """Call `gil` with arguments. It replaces sys.stdout, so pyproject.toml calls this thread-unsafe."""

    def run(*arguments):
        return CliRunner().invoke(cli.main, arguments)

    return run
