"""Recipes change the process: each test leaves it as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from training import publish
from zoo.core import cards, runtime


@pytest.fixture(autouse=True)
def process_state() -> Iterator[None]:
    """Denormal numbers and the number of threads are settings of the whole process."""
    threads = torch.get_num_threads()
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(threads)


@pytest.fixture
def bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of bundled models; checkpoints and caches are in the working directory, which is empty too."""
    folder = tmp_path / "models"
    folder.mkdir()
    for module in (publish, cards):
        monkeypatch.setattr(module, "MODELS", folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runtime, "_current", None)  # one that has no other models of the same names
    cards.bundled_cards.cache_clear()
    yield folder
    made = runtime._current
    monkeypatch.undo()
    if made is not None:
        made.stop()
    cards.bundled_cards.cache_clear()
