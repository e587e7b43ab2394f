"""The bundled classifiers of pictures, and pictures for them."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from torch import nn

from zoo.core.cards import Card, exhibit_cards
from zoo.core.preprocessing import Preprocessing
from zoo.core.runtime import get_runtime
from zoo.examples import example

CARDS = exhibit_cards("classify")
NAMES = [card.name for card in CARDS]
EVERY_CARD = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
CHELSEA = example("chelsea")
CATS = {"n02123045", "n02123159", "n02123394", "n02123597", "n02124075"}  # tabby, tiger, Persian, Siamese, Egyptian
# On both sides of every view's limit, upright, lying, and a strip.
SIZES = [(451, 300), (300, 451), (64, 64), (65, 65), (90, 60), (200, 20), (64, 200)]


def pictures() -> list[Image.Image]:
    return [CHELSEA.resize(size) for size in SIZES]


def preprocessing_of(card: Card) -> Preprocessing:
    return Preprocessing.from_config(card.config["preprocessing"])


def on_model(card: Card, function: Callable[[nn.Module], Any]) -> Any:
    return get_runtime().run(function, card.name)
