"""The recipes of both digit networks: some steps on digits drawn with a font, a checkpoint, and models that load."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from training import recipes
from training.digits import bundle, cnn, mlp, negatives
from training.digits.data import Digits
from zoo.core import loading
from zoo.core.cards import find_card
from zoo.nets.digits import Centring, DigitCNN, DigitMLP

COUNT = 120
PARTS = {"TRAINING": slice(0, 80), "CHOICE": slice(80, 100), "HELD_OUT": slice(100, 120)}


def drawn(count: int = COUNT) -> Digits:
    """Digits in turn, each at a place of its own."""
    rng, pictures = random.Random(0), []
    for number in range(count):
        picture = Image.new("L", (28, 28))
        at = (rng.randint(6, 14), rng.randint(5, 11))
        ImageDraw.Draw(picture).text(at, str(number % 10), 255, font_size=14)
        pictures.append(np.array(picture))
    return Digits(torch.from_numpy(np.stack(pictures))[:, None], torch.arange(count) % 10)


@pytest.fixture
def digits(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> Digits:
    digits = drawn()
    for module in (bundle, cnn, mlp):
        monkeypatch.setattr(module, "load_digits", lambda data: digits)
        for name in PARTS.keys() & vars(module):
            monkeypatch.setattr(module, name, PARTS[name])
    monkeypatch.setattr(cnn, "POOL", 40)
    monkeypatch.setattr(bundle, "MEASURED", 20)
    # The fonts that come with matplotlib, which the tests have; the others are a group of packages of their own.
    monkeypatch.setattr(negatives, "TRAINING_FONTS", ("DejaVu*",))
    monkeypatch.setattr(negatives, "MEASURED_FONTS", ("STIXGeneral*",))
    return digits


def small(name: str, **changes: object) -> object:
    """The checked-in config with one short epoch."""
    return recipes.load(name, epochs=1, batch_size=20, **changes).config


def test_the_convolutional_network_goes_from_its_first_cycle_to_a_model_that_loads(
    digits: Digits, bundles: Path, tmp_path: Path
) -> None:
    cnn.train(tmp_path, "digit-cnn-first", small("digit-cnn-first", negatives=4))
    first = torch.load(".checkpoints/digit-cnn-first.pt", weights_only=True)
    assert first["step"] == first["total"] == 4
    cnn.train(tmp_path, "digit-cnn", small("digit-cnn", negatives=4))
    bundle.bundle_cnn(digits)
    network = loading.load("digit-cnn")
    assert isinstance(network, DigitCNN)
    stored = cnn.average_of(torch.load(".checkpoints/digit-cnn.pt", weights_only=True)["network"])
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value.float(), stored[name].float(), rtol=2e-3, atol=1e-4)
    card = find_card("digit-cnn")
    assert [each.label for each in card.classes][-2:] == ["9", "not a digit"]
    assert {"accuracy", "false alarms, scribbles"} <= {metric.name for metric in card.metrics}
    assert network.eval()(Centring()(digits.floats())).shape == (COUNT, 11)


def test_each_recipe_of_the_perceptron_ends_in_a_checkpoint_and_the_last_in_a_model(
    digits: Digits, bundles: Path, tmp_path: Path
) -> None:
    for name in ("digit-mlp-known", "digit-mlp-one-cycle", "digit-mlp"):
        mlp.train(tmp_path, name, small(name))
    bundle.bundle_mlp(digits)
    network = loading.load("digit-mlp")
    assert isinstance(network, DigitMLP)
    card = find_card("digit-mlp")
    assert card.folder is not None
    text = (card.folder / "README.md").read_text()
    assert all(f"`{name}`" in text for name in ("digit-mlp-known", "digit-mlp-one-cycle", "digit-mlp"))
    assert [each.label for each in card.classes] == [str(digit) for digit in range(10)]


def test_the_perceptron_learns_the_drawn_digits(digits: Digits) -> None:
    network = mlp.make_network(0)
    config = mlp.MLPConfig(epochs=6, optimizer="adamw", learning_rate=4e-3, batch_size=20)
    before, _ = mlp.loss_and_accuracy(network, digits.floats(), digits.labels)
    assert list(mlp.epochs(network, digits, config)) == [1, 2, 3, 4, 5, 6]
    after, _ = mlp.loss_and_accuracy(network, digits.floats(), digits.labels)
    assert after < 0.7 * before
