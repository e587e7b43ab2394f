"""The recipes of the generator of clothes and of the network that measures it: some steps, checkpoints, models."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from training import recipes
from training.gan import bundle, fashion, recipe
from training.gan import features as classifier
from training.gan.fashion import CLASSES
from zoo.core import loading
from zoo.core.cards import find_card
from zoo.nets.dcgan import DCGANGenerator, SmallConvNet

SMALL = {"epochs": 1, "batch_size": 20}
CHANNELS = {"channels": 8, "discriminator_channels": 8}


def write_pictures(data: Path, part: str, count: int) -> None:
    """Noise with a bright bar at the height of the class, as the files of Debian's package are."""
    folder = data / fashion.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    labels = (np.arange(count) % len(CLASSES)).astype(np.uint8)
    pixels = np.random.default_rng(count).integers(0, 60, (count, 28, 28), np.uint8)
    for picture, label in zip(pixels, labels, strict=True):
        picture[2 * label + 3 : 2 * label + 6, 4:24] = 250
    for kind, header, values in (("images-idx3", 16, pixels), ("labels-idx1", 8, labels)):
        (folder / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(bytes(header) + values.tobytes()))


@pytest.fixture
def data(bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_pictures(tmp_path, "train", 100)
    write_pictures(tmp_path, "t10k", 40)
    monkeypatch.setattr(fashion, "N_CHOSEN", 40)
    monkeypatch.setattr(recipe, "N_STATISTICS", 1)
    monkeypatch.setattr(recipe, "N_MEASURED", 40)
    monkeypatch.setattr(bundle, "N_MEASURED", 40)
    monkeypatch.setattr(bundle, "N_COPIES", 20)
    return tmp_path


def test_files_are_read_in_parts_that_do_not_overlap(data: Path) -> None:
    training, chosen = fashion.training_pictures(data)
    held_out = fashion.read(data, "t10k")
    assert [len(each.labels) for each in (training, chosen, held_out)] == [60, 40, 40]
    assert training.pixels.shape == (60, 1, 28, 28)
    assert float(training.pixels.min()) == -1
    assert training.labels[:11].tolist() == [*range(10), 0]


def test_from_pictures_to_a_generator_that_loads(data: Path, bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = recipes.load
    small = lambda name: load(name, **SMALL, **(CHANNELS if "features" not in name else {"channels": 8}))  # noqa: E731
    monkeypatch.setattr(bundle, "load", small)  # a checkpoint has the sizes of its config
    classifier.train(data, "fashion-features", small("fashion-features").config)
    for name in ("fashion-dcgan", "fashion-gan"):
        recipe.train(data, name, small(name).config)
        state = torch.load(f".checkpoints/{name}.pt", weights_only=True)
        assert state["step"] == state["total"] == 3
    bundle.bundle(data)
    generator = loading.load("fashion-gan").eval()
    assert isinstance(generator, DCGANGenerator)
    inputs = torch.randn(3, generator.latent + generator.n_classes)
    with torch.inference_mode():
        made = generator(inputs)
    assert made.shape == (3, 1, 28, 28)
    assert float(made.abs().max()) <= 1
    assert isinstance(loading.load("fashion-features"), SmallConvNet)
    card = find_card("fashion-gan")
    assert {metric.name for metric in card.metrics} >= {"feature distance"}
    assert card.folder is not None
    assert "nan" not in (card.folder / "README.md").read_text()


def test_a_step_changes_both_networks_and_the_average(data: Path) -> None:
    config = recipe.GanConfig(**SMALL, **CHANNELS)
    torch.manual_seed(0)
    pair = recipe.Pair(config)
    before = {name: value.clone() for name, value in pair.state_dict().items()}
    recipe_run = recipe.Run(
        "step", pair, torch.optim.Adam(pair.parameters(), 1e-3), torch.Generator().manual_seed(0), 60, 20, [28]
    )
    training, _ = fashion.training_pictures(data)
    losses = recipe.train_step(pair, fashion.Pictures(training.pixels[:20], training.labels[:20]), recipe_run)
    assert all(np.isfinite(value) for value in losses.values())
    changed = {name.split(".")[0] for name, value in pair.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"generator", "discriminator", "average"}
