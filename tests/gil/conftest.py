"""The command line without a process of its own."""

import pytest
from click.testing import CliRunner

from gil import cli


@pytest.fixture
def invoke():
    """Call `gil` with arguments; a test that does is thread-unsafe (pyproject.toml): sys.stdout is replaced."""

    def run(*arguments):
        return CliRunner().invoke(cli.main, arguments)

    return run
