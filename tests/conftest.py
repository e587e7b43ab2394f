"""What tests in several files are given."""

import pytest

from tests.interfaces.console import Zoo
from tests.interfaces.shell import command


@pytest.fixture
def zoo() -> Zoo:
    """The command, run in this process: its exit status and what it wrote."""
    return command
