"""A hub in this process for each test that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_server import HubServer, hub_server
from zoo.sources import hub_cards


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    hub_cards.find.cache_clear()
    with hub_server(tmp_path / "cache", monkeypatch) as server:
        yield server
    hub_cards.find.cache_clear()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tmp_path / "repository"
