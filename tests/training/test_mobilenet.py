"""What the classifiers are taught with: lessons, teachers, and the branch for small pictures as it is kept."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from training.classify import networks
from training.classify.batches import Lessons, Teacher, opinions
from training.classify.bundle import best_blend, blended, handicapped
from training.classify.mobilenet import SMALL_SIDE, VIEWS, enlarge, shrunken_views
from training.classify.networks import imagenet_columns, resnet_teacher
from training.classify.resnet import among
from training.pictures import SIDE
from training.publish import Predictions
from training.schedule import epoch_sizes
from zoo.core.assets import MODELS
from zoo.core.preprocessing import Preprocessing
from zoo.nets.resnet import ResNet18

CLASSES = 4


def lessons(teachers: list[Teacher], mixup_alpha: float = 0.0, mixed: float = 0.0) -> Lessons:
    """Noise of four classes, one after another."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (40, 3, 64, 64), dtype=torch.uint8, generator=generator)
    return Lessons(images, torch.arange(40) % CLASSES, CLASSES, 0.0, mixup_alpha, mixed, teachers, 0.8, generator)


def certain(place: int) -> Teacher:
    """One who says the same of everything."""
    return lambda inputs: torch.eye(CLASSES)[[place] * len(inputs)]


def test_without_teachers_the_target_is_the_label() -> None:
    chosen = torch.tensor([0, 1, 2, 3, 5])
    inputs, targets = lessons([]).batch(chosen, 32)
    assert inputs.shape == (5, 3, 32, 32)
    assert 0 <= inputs.min() <= inputs.max() <= 1
    assert targets.tolist() == torch.eye(CLASSES)[[0, 1, 2, 3, 1]].tolist()


def test_each_part_of_a_batch_has_a_teacher_and_the_label_keeps_its_share() -> None:
    chosen = torch.tensor([0, 0, 0, 0])
    _, targets = lessons([certain(1), certain(2)]).batch(chosen, 32)
    torch.testing.assert_close(targets, torch.tensor([[0.2, 0.8, 0, 0]] * 2 + [[0.2, 0, 0.8, 0]] * 2))


@pytest.mark.parametrize(("mixup_alpha", "mixed"), [(0.0, 0.0), (0.4, 0.0), (0.0, 1.0)])
def test_teachers_see_the_very_pictures_that_the_pupil_sees(mixup_alpha: float, mixed: float) -> None:
    shown: list[Tensor] = []

    def watching(inputs: Tensor) -> Tensor:
        shown.append(inputs)
        return certain(0)(inputs)

    inputs, targets = lessons([watching, watching], mixup_alpha, mixed).batch(torch.arange(8), 32)
    assert torch.equal(torch.cat(shown), inputs)
    torch.testing.assert_close(targets.sum(1), torch.ones(8))
    labels = (
        targets - 0.8 * torch.eye(CLASSES)[[0] * 8]
    ) / 0.2  # what is left of them when the teachers have their share
    of_two = ((labels > 0.01) & (labels < 0.99)).any(1)
    assert bool(of_two.any()) == bool(mixup_alpha or mixed)


def test_more_teachers_than_pictures_leave_some_unheard() -> None:
    assert opinions([certain(0), certain(1), certain(2)], torch.rand(2, 3, 8, 8)).shape == (2, CLASSES)


def test_a_teacher_of_more_classes_is_asked_among_those_there_are() -> None:
    odds = torch.tensor([[0.1, 0.2, 0.3, 0.4]])
    found = among(torch.tensor([3, 1]), lambda _: odds)(torch.rand(1, 3, 8, 8))
    torch.testing.assert_close(found, torch.tensor([[2 / 3, 1 / 3]]))


def test_resnet_teaches_in_the_columns_of_imagenet(tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save({"network": ResNet18(2).state_dict()}, tmp_path / "resnet.pt")
    columns = torch.tensor([700, 3])
    odds = resnet_teacher(columns, tmp_path / "resnet.pt", "cpu")(torch.rand(2, 3, 96, 96))
    assert odds.shape == (2, 1000)
    torch.testing.assert_close(odds[:, columns].sum(1), torch.ones(2))
    said = opinions([resnet_teacher(columns, tmp_path / "resnet.pt", "cpu")], torch.rand(2, 3, 96, 96))
    torch.testing.assert_close(said[:, columns].sum(1), torch.ones(2))  # in full precision, whatever it multiplies in
    with torch.no_grad():
        shown = torch.full((2, 3, 160, 160), networks.MEAN)
        said = resnet_teacher(columns, tmp_path / "resnet.pt", "cpu")(shown)
        network = ResNet18(2).eval()
        network.load_state_dict(torch.load(tmp_path / "resnet.pt", weights_only=True)["network"])
        torch.testing.assert_close(said[:, columns], network(torch.zeros_like(shown)).softmax(1))


def test_of_a_shrunken_photograph_is_known_what_was_seen_at_full_size() -> None:
    def brightness(pixels: Tensor) -> Tensor:
        return pixels.mean((1, 2, 3))[:, None]

    photos = [torch.full((1, 3, 256, 300), shade) for shade in (0.25, 0.75)]
    views, logits = shrunken_views(photos, brightness, torch.Generator().manual_seed(0), "cpu")  # type: ignore[arg-type]
    assert views.shape == (2 * VIEWS, 3, SIDE, SIDE)
    torch.testing.assert_close(views.float().mean((1, 2, 3)) / 127.5 - 1, logits[:, 0], atol=0.01, rtol=0)


def test_the_recipe_enlarges_as_the_bundled_network_reads() -> None:
    pixels = torch.randint(256, (1, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    config = json.loads((MODELS / "mobilenet-v2" / "config.json").read_text())
    read = Preprocessing.from_config(config["preprocessing"]).pixels(
        Image.fromarray(pixels[0].permute(1, 2, 0).numpy())
    )
    torch.testing.assert_close(enlarge(pixels, SMALL_SIDE)[0], torch.from_numpy(read) * 2 - 1, atol=0.01, rtol=0)


def scored(logits: list[float], target: int = 0) -> Predictions:
    return Predictions(torch.tensor([logits]), torch.tensor([target]))


def test_the_handicap_is_of_the_labelled_classes_of_the_small_branch_alone() -> None:
    large, small = handicapped([scored([1, 2, 3])] * 2, torch.tensor([0, 2]), 0.5)
    assert large.logits.tolist() == [[1, 2, 3]]
    assert small.logits.tolist() == [[0.5, 2, 2.5]]


def test_a_blend_that_forgets_is_passed_over_though_it_is_better() -> None:
    # Of three pictures of class 0, the labelled one, the second is recognised without much of a handicap only.
    neutral = torch.zeros(3, 2)
    tiny = [
        Predictions(neutral, torch.zeros(3).long()),
        Predictions(torch.tensor([[9.0, 0], [0.7, 0], [0, 9]]), torch.zeros(3).long()),
    ]
    shrunk = [scored([0.0, 0.0], 1), scored([0.9, 0.0], 1)]
    handicap, blend = best_blend(tiny, shrunk, torch.tensor([0]))
    assert handicap == 1.0
    assert blended(*handicapped(shrunk, torch.tensor([0]), handicap), blend).accuracy(1) == 1
    assert blended(*handicapped(tiny, torch.tensor([0]), handicap), blend).accuracy(1) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("sizes", "expected"), [("64", [64]), ("2x48,64", [48, 48, 64]), ("1x8,3x9", [8, 9, 9, 9])])
def test_sides_of_epochs(sizes: str, expected: list[int]) -> None:
    assert epoch_sizes(sizes) == expected


def test_columns_are_imagenets() -> None:
    assert imagenet_columns(["n01440764", "n15075141"]).tolist() == [0, 999]
