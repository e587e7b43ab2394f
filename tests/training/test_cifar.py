"""What the recipes do to pictures of 32 pixels, and that training under attack helps against attacks."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from torch import nn

from training import publish, run
from training.adversarial import bundle, cifar, recipe, ways
from training.adversarial.cifar import HELD_OUT_PER_CLASS, cifar10, cut_out, shifted

NAMES = ["red", "green", "blue"]


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """Recipes set numbers too small to matter to zero, in the whole process; hypothesis minds."""
    yield
    torch.set_flush_denormal(False)


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
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=75)
        files.append(file.getvalue())
        labels.append(label)
    table = pa.table({"image": files, "label": pa.array(labels, pa.int16())})
    (data / "images").mkdir(parents=True)
    table = table.replace_schema_metadata({"classes": json.dumps(NAMES)})
    pq.write_table(table, data / "images" / "cifar10_train.parquet")


def test_last_pictures_of_each_class_are_held_out(tmp_path: Path) -> None:
    write_pictures(tmp_path, HELD_OUT_PER_CLASS + 5)
    train, held = cifar10(tmp_path)
    assert train.labels.bincount().tolist() == [5] * 3
    assert held.labels.bincount().tolist() == [HELD_OUT_PER_CLASS] * 3
    assert train.names == NAMES
    assert train.images.shape == (15, 3, 32, 32)
    assert train.images.float().mean((2, 3)).argmax(1).equal(train.labels)


def test_shifted_pictures_are_the_same_elsewhere_or_mirrored() -> None:
    ramp = torch.arange(32 * 32).float().view(1, 1, 32, 32).expand(40, 3, -1, -1)
    moved = shifted(ramp, generator())
    centre = moved[:, 0, 10:22, 10:22]
    assert len({tuple(part.flatten().tolist()) for part in centre}) > 20
    slopes = (centre[:, :, 1:] - centre[:, :, :-1]).flatten(1)
    assert set(slopes.unique().tolist()) == {-1.0, 1.0}  # mirrored or not, never torn
    assert (centre[:, 1:] - centre[:, :-1] == 32).all()


def test_cut_out_greys_one_square_at_most() -> None:
    grey = (cut_out(torch.ones(200, 3, 32, 32), 10, generator()) == 0.5).all(1)
    rows, columns = grey.any(2).sum(1), grey.any(1).sum(1)
    assert grey.sum((1, 2)).equal(rows * columns)
    assert rows.max() == columns.max() == 10


@pytest.mark.parametrize(("way", "rate"), [(recipe.plain, 0.3), (recipe.robust, 0.05)], ids=["plain", "robust"])
def test_recipes_learn_and_go_on_from_their_checkpoint(
    way: object, rate: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pictures(tmp_path, 60 + 64)
    monkeypatch.setattr(cifar, "HELD_OUT_PER_CLASS", 60)
    monkeypatch.setattr(run, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(recipe, "ARCHITECTURE", {"num_classes": 10, "stem": 4, "widths": [8]})
    way(tmp_path, epochs=4, batch=16, rate=rate)  # type: ignore[operator]
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["held_out"] > 0.8
    way(tmp_path, epochs=4, batch=16, rate=rate)  # type: ignore[operator]
    assert not capsys.readouterr().out  # there was nothing left to do


class Watching(nn.Module):
    """Thinks nothing, and remembers what it was shown."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.shown = images
        return torch.zeros(len(images), 10)


def test_targets_are_asked_about_the_very_pictures_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path, 20)
    monkeypatch.setattr(cifar, "HELD_OUT_PER_CLASS", 10)
    train, _ = cifar10(tmp_path)
    asked: list[tuple[torch.Tensor, torch.Tensor]] = []

    def targets(images: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
        asked.append((images, shown))
        return shown

    for mixed in (0, 1):
        network = Watching()
        recipe.loss_by(targets, train, 0, mixed)(network, torch.arange(30), generator())
        assert torch.equal(asked[-1][0], network.shown)
    (whole, one), (pasted, several) = asked
    assert one.eq(1).sum() == 30
    assert several.gt(0).sum() > 30
    torch.testing.assert_close(several.sum(1), torch.ones(30))
    assert not torch.equal(whole, pasted)


def test_smoothed_targets_share_what_they_take() -> None:
    told = recipe.smoothed(0.2)(torch.empty(0), torch.eye(10)[:3])
    torch.testing.assert_close(told.sum(1), torch.ones(3))
    torch.testing.assert_close(told[0, :2], torch.tensor([0.82, 0.02]))


def test_three_ways_of_training_stand_in_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path, 20 + 64)
    small = {"num_classes": 10, "stem": 4, "widths": [8]}
    for module, name, value in (
        (cifar, "HELD_OUT_PER_CLASS", 20),
        (run, "CHECKPOINTS", tmp_path),
        (publish, "MODELS", tmp_path / "models"),
        (recipe, "ARCHITECTURE", small),
        (bundle, "ARCHITECTURE", small),
    ):
        monkeypatch.setattr(module, name, value)
    for way, rate in ((recipe.plain, 0.3), (recipe.robust, 0.05), (ways.compare, 0.05)):
        way(tmp_path, epochs=4, batch=16, rate=rate)
    first = tmp_path / "cifar-plain.pt"
    recipe.plain(tmp_path, epochs=1, batch=16, rate=0.01, mixed=0.5, start=first)
    bundle.bundle(tmp_path, ["plain", "plain-second"])
    card = (tmp_path / "models" / "cifar10-resnet" / "README.md").read_text()
    rows = [line.split(" | ") for line in card.splitlines() if line.startswith(("| its label", "| a teacher"))]
    assert len(rows) == 4
    assert all(float(row[1].rstrip("%")) > 80 for row in rows)


def test_a_sharpened_network_answers_as_before_but_surer() -> None:
    network = recipe.new_network().eval()
    pictures = torch.rand(4, 3, 32, 32, generator=generator())
    before = recipe.logits(network, pictures)
    after = recipe.logits(ways.sharpened(network), pictures)
    torch.testing.assert_close(after, ways.TEMPERATURE * before)
