"""The recipes for CIFAR-10: data, augmentation, and training on tiny pictures with and without attacks."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from torch import nn

from training import publish, recipes, run
from training.adversarial import bundle, cifar, distillation, robust, standard, training_loop
from training.adversarial.cifar import HELD_OUT_PER_CLASS, cutout, load_cifar10, random_shift_and_flip
from training.adversarial.robust import RobustConfig
from training.adversarial.standard import StandardConfig

NAMES = ["red", "green", "blue"]
SMALL = {"num_classes": 10, "stem_channels": 4, "channels": [8]}
QUICK = {"epochs": 4, "batch_size": 16}


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """Recipes flush denormal numbers in the whole process, and hypothesis needs them."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for data, checkpoints and models, with a small network and few held-out pictures."""
    monkeypatch.setattr(cifar, "HELD_OUT_PER_CLASS", 20)
    monkeypatch.setattr(run, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(publish, "MODELS", tmp_path / "models")
    monkeypatch.setattr(training_loop, "ARCHITECTURE", SMALL)
    return tmp_path


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def write_pictures(data: Path, per_class: int) -> None:
    """Noisy pictures, each in its class's colour, as a table shaped like CIFAR-10's."""
    noise = np.random.default_rng(0)
    files, labels = [], []
    for index in range(per_class * len(NAMES)):
        label = index % len(NAMES)
        pixels = noise.integers(60, 150, (32, 32, 3), dtype=np.uint8)
        pixels[..., label] += 70
        file = BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=75)
        files.append(file.getvalue())
        labels.append(label)
    table = pa.table({"image": files, "label": pa.array(labels, pa.int16())})
    (data / "images").mkdir(parents=True)
    table = table.replace_schema_metadata({"classes": json.dumps(NAMES)})
    pq.write_table(table, data / "images" / "cifar10_train.parquet")


def test_last_pictures_of_each_class_are_held_out(tmp_path: Path) -> None:
    write_pictures(tmp_path, HELD_OUT_PER_CLASS + 5)
    training, held_out = load_cifar10(tmp_path)
    assert training.labels.bincount().tolist() == [5] * 3
    assert held_out.labels.bincount().tolist() == [HELD_OUT_PER_CLASS] * 3
    assert training.class_names == NAMES
    assert training.pixels.shape == (15, 3, 32, 32)
    assert training.floats().mean((2, 3)).argmax(1).equal(training.labels)


def test_shifted_pictures_are_the_same_elsewhere_or_flipped() -> None:
    ramp = torch.arange(32 * 32).float().view(1, 1, 32, 32).expand(40, 3, -1, -1)
    augmented = random_shift_and_flip(ramp, generator())
    centre = augmented[:, 0, 10:22, 10:22]
    assert len({tuple(part.flatten().tolist()) for part in centre}) > 20
    differences = (centre[:, :, 1:] - centre[:, :, :-1]).flatten(1)
    assert set(differences.unique().tolist()) == {-1.0, 1.0}  # flipped or not, never torn
    assert (centre[:, 1:] - centre[:, :-1] == 32).all()


def test_cutout_greys_one_square_at_most() -> None:
    grey = (cutout(torch.ones(200, 3, 32, 32), 10, generator()) == 0.5).all(1)
    rows, columns = grey.any(2).sum(1), grey.any(1).sum(1)
    assert grey.sum((1, 2)).equal(rows * columns)
    assert rows.max() == columns.max() == 10


@pytest.mark.parametrize(
    ("recipe", "config"),
    [
        (standard, StandardConfig(**QUICK, learning_rate=0.3)),
        pytest.param(robust, RobustConfig(**QUICK, learning_rate=0.05), marks=pytest.mark.slow),
    ],
    ids=["standard", "robust"],
)
def test_recipes_learn_and_go_on_from_their_checkpoint(
    recipe: object, config: object, small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pictures(small, 60 + 64)
    monkeypatch.setattr(cifar, "HELD_OUT_PER_CLASS", 60)
    recipe.train(small, "tiny", config)  # type: ignore[attr-defined]
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["held_out"] > 0.8
    recipe.train(small, "tiny", config)  # type: ignore[attr-defined]
    assert not capsys.readouterr().out  # there was nothing left to do


class Recorder(nn.Module):
    """Outputs zeros, and records its input."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.images = images
        return torch.zeros(len(images), 10)


def test_targets_are_computed_from_the_augmented_pictures(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(small, 20)
    monkeypatch.setattr(cifar, "HELD_OUT_PER_CLASS", 10)
    training, _ = load_cifar10(small)
    calls: list[tuple[torch.Tensor, torch.Tensor]] = []

    def targets(images: torch.Tensor, distributions: torch.Tensor) -> torch.Tensor:
        calls.append((images, distributions))
        return distributions

    for cutmix_probability in (0, 1):
        network = Recorder()
        loss_function = standard.make_loss(targets, training, 0, cutmix_probability)
        loss_function(network, torch.arange(30), generator())
        assert torch.equal(calls[-1][0], network.images)
    (whole, one_hot), (pasted, mixed) = calls
    assert one_hot.eq(1).sum() == 30
    assert mixed.gt(0).sum() > 30
    torch.testing.assert_close(mixed.sum(1), torch.ones(30))
    assert not torch.equal(whole, pasted)


def test_label_smoothing_spreads_the_mass_that_it_takes() -> None:
    targets = standard.smoothed_targets(0.2)(torch.empty(0), torch.eye(10)[:3])
    torch.testing.assert_close(targets.sum(1), torch.ones(3))
    torch.testing.assert_close(targets[0, :2], torch.tensor([0.82, 0.02]))


@pytest.mark.slow
def test_three_kinds_of_training_are_compared_in_the_card(small: Path) -> None:
    write_pictures(small, 20 + 64)
    first = "cifar10-resnet-cycle-1"
    standard.train(small, first, StandardConfig(**QUICK, learning_rate=0.3))
    second = StandardConfig(epochs=1, batch_size=16, learning_rate=0.01, cutmix_probability=0.5, init_from=first)
    standard.train(small, "cifar10-resnet-cycle-2", second)
    robust.train(small, bundle.ROBUST, RobustConfig(**QUICK, learning_rate=0.05))
    sgd = {**QUICK, "learning_rate": 0.05, "optimizer": "sgd", "label_smoothing": 0.0}
    for name, changes in (
        (bundle.HARD, {}),
        (bundle.SMOOTHED, {"label_smoothing": 0.1}),
        (bundle.DISTILLED, {"teacher": first}),
    ):
        standard.train(small, name, StandardConfig(**{**sgd, **changes}))
    bundle.bundle(small, [first, "cifar10-resnet-cycle-2"])
    card = (small / "models" / "cifar10-resnet" / "README.md").read_text()
    rows = [line.split(" | ") for line in card.splitlines() if line.startswith(("| labels", "| a teacher"))]
    assert len(rows) == 4
    assert all(float(row[1].rstrip("%")) > 80 for row in rows)


def test_a_network_without_its_temperature_predicts_the_same_with_larger_logits() -> None:
    network = training_loop.make_network().eval()
    pictures = torch.rand(4, 3, 32, 32, generator=generator())
    before = training_loop.logits(network, pictures)
    after = training_loop.logits(distillation.remove_temperature(network), pictures)
    torch.testing.assert_close(after, distillation.TEMPERATURE * before)


@pytest.mark.parametrize("name", [name for name in recipes.names() if name.startswith("cifar10")])
def test_configs_start_from_checkpoints_of_other_configs(name: str) -> None:
    config = recipes.load(name).config
    starts = {config.init_from, getattr(config, "teacher", "")} - {""}
    assert starts <= set(recipes.names()) - {name}
    assert set(bundle.MEMBERS) | set(bundle.TRAINED_ON) <= set(recipes.names())
