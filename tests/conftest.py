"""What tests in several files are given."""

import os

import pytest

from tests.interfaces.console import Zoo
from tests.interfaces.shell import command

os.environ.setdefault("ZOO_WARM", "none")  # of servers: the tests of warming make their own


@pytest.fixture(autouse=True)
def measurements(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests measure is not kept among what was measured on this machine."""
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def zoo() -> Zoo:
    """The command, run in this process: its exit status and what it wrote."""
    return command
