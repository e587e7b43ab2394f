"""Pages whose default model is damaged: drawn with a sentence, or with another model; never an error page."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config

from tests.apps import app_at
from zoo.core import cards
from zoo.core.runtime import set_runtime

DEFAULTS = {
    "home": "mobilenet-v2",
    "classify": "mobilenet-v2",
    "adversarial": "cifar10-resnet",
    "sound": "sound-yamnet",
    "sentiment": "tweet-lstm",
    "generate": "jeeves",
    "translate": "translator-en-fr",
    "style": "starry-night",
    "augment": "translator-en-fr",
}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """All bundled models, as links, in a folder where they may be damaged."""
    folder = tmp_path / "models"
    shutil.copytree(cards.MODELS, folder, copy_function=os.link)
    monkeypatch.setattr(cards, "MODELS", folder)
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    cards.forget_damage()
    set_runtime(None)
    yield folder
    monkeypatch.undo()
    set_runtime(None)
    cards.forget_damage()


@pytest.mark.parametrize(("page", "model"), DEFAULTS.items())
def test_a_page_without_its_default_model_is_drawn(models: Path, page: str, model: str) -> None:
    (models / model / "config.json").unlink()
    details = config.get_option("client.showErrorDetails")
    config.set_option("client.showErrorDetails", "full")
    try:
        app = app_at(f"{page}.py").run()
    finally:
        config.set_option("client.showErrorDetails", details)
    # Of an error that is ours, the app draws the sentence alone.
    assert {error.proto.type.rpartition(".")[2] for error in app.exception} <= {"DamagedModelError"}
    for text in [*(error.value for error in app.error), *(error.message for error in app.exception)]:
        assert text.rstrip().endswith(".")
        assert str(models) not in text
