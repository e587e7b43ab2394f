"""What tests in several files are given."""

import functools
import os
from collections.abc import Iterator

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.manifest_scanner import scan_component_manifests

from tests.interfaces.console import Zoo
from tests.interfaces.shell import command

os.environ.setdefault("ZOO_WARM", "none")  # of servers: the tests of warming make their own


@pytest.fixture(autouse=True)
def measurements(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests measure is not kept among what was measured on this machine."""
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """Streamlit reads the metadata of every installed package for each app that a test opens: here once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(scan_component_manifests))
        yield


@pytest.fixture
def zoo() -> Zoo:
    """The command, run in this process: its exit status and what it wrote."""
    return command
