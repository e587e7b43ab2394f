"""Every test has a directory of datasets and models of its own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
