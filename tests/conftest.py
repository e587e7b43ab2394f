"""What tests in several files are given."""

import os

import pytest

from tests.interfaces.console import Zoo
from tests.interfaces.shell import command

os.environ.setdefault("ZOO_WARM", "none")  # of servers: the tests of warming make their own


@pytest.fixture
def zoo() -> Zoo:
    """The command, run in this process: its exit status and what it wrote."""
    return command
