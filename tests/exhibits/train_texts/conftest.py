"""A directory of its own for the tables and models of each test."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    return tmp_path
