"""The recipe of both students: some steps on drawn pictures, a checkpoint, and a start that the exhibit takes."""

from pathlib import Path

import pytest
import torch

from training import recipes
from training.autoencoder import bundle, recipe
from training.pictures import Pictures
from zoo.core import loading
from zoo.core.assets import MODELS
from zoo.core.cards import bundled_cards, find_card
from zoo.core.runtime import get_runtime
from zoo.exhibits.autoencoder import START, LearnKnobs, Students
from zoo.exhibits.autoencoder.losses import JUDGE
from zoo.nets.autoencoder import AutoencoderPair

CLASSES, EACH = 40, 6  # two classes are the probe's


def drawn(seed: int) -> Pictures:
    """Squares in a shade of their class over noise."""
    labels = torch.arange(CLASSES * EACH) % CLASSES
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 60, (len(labels), 3, 64, 64), generator=generator, dtype=torch.uint8)
    images[:, :, 16:48, 16:48] = (100 + 3 * labels).to(torch.uint8)[:, None, None, None]
    return Pictures(images, labels, [f"n{number:08d}" for number in range(CLASSES)])


@pytest.fixture
def data(bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (bundles / JUDGE).symlink_to(MODELS / JUDGE)
    monkeypatch.setattr(recipe, "tiny_imagenet", lambda data, cache: (drawn(0), drawn(1)))
    return tmp_path


def test_the_probes_classes_are_trained_on_by_nobody(data: Path) -> None:
    training, held_out, probe = recipe.split(data)
    assert probe.labels.unique().tolist() == [0, 20]
    assert len(training) == len(held_out) == (CLASSES - 2) * EACH
    assert len(probe.labels) == 2 * 2 * EACH


@pytest.mark.slow
def test_some_steps_give_a_checkpoint_and_a_start_that_the_exhibit_takes(data: Path, bundles: Path) -> None:
    config = recipes.load(START, epochs=1, pictures=64, batch_size=16).config
    recipe.train(data, START, config)
    state = torch.load(f".checkpoints/{START}.pt", weights_only=True)
    assert state["step"] == state["total"] == 4
    bundle.bundle(data)
    bundled_cards.cache_clear()  # its card was written once more, with the metrics
    network = loading.load(START)
    assert isinstance(network, AutoencoderPair)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value.float(), state["network"][name].float(), rtol=0.05, atol=0.02)
    names = [metric.name for metric in find_card(START).metrics]
    assert names[:2] == ["perceptual distance, pixel student", "perceptual distance, perceptual student"]
    assert sum("linear probe" in name for name in names) >= 3
    students = get_runtime().run(lambda: Students(LearnKnobs()))
    codes = get_runtime().run(lambda: students.codes(drawn(2).images[:3], "pixel"))
    assert codes.shape == (3, 128)
