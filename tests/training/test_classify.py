"""The classifiers' recipes: training batches, teachers, a whole run on a tiny data set, and the average of branches."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from training import recipes, run
from training.classify import mobilenet, networks, resnet
from training.classify.batches import Teacher, TrainingBatches, teacher_probabilities
from training.classify.branches import averaged, best_average, penalized
from training.classify.config import ClassifierConfig, MobileNetConfig, ResNetConfig
from training.classify.mobilenet import INPUT_SIZE, VIEWS, combined_loss, mobilenet_input, shrunken_views
from training.classify.networks import imagenet_indices, resnet_teacher
from training.classify.resnet import restricted
from training.pictures import SIDE, Pictures
from training.publish import Predictions
from training.schedule import epoch_sizes
from zoo.core.assets import MODELS
from zoo.core.preprocessing import Preprocessing
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.resnet import ResNet18

NUM_CLASSES = 4
CONFIGS = [name for name in recipes.names() if "training.classify." in (recipes.CONFIGS / f"{name}.toml").read_text()]


def noise(count: int) -> Tensor:
    return torch.randint(256, (count, 3, SIDE, SIDE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def batches(teachers: list[Teacher], mixup_alpha: float = 0.0, cutmix_probability: float = 0.0) -> TrainingBatches:
    """Noise of four classes, one after another, with neither smoothing nor mixing unless asked."""
    config = MobileNetConfig(
        label_smoothing=0.0, mixup_alpha=mixup_alpha, cutmix_probability=cutmix_probability, teacher_weight=0.8
    )
    generator = torch.Generator().manual_seed(0)
    return TrainingBatches(noise(40), torch.arange(40) % NUM_CLASSES, NUM_CLASSES, config, teachers, generator)


def constant(class_index: int) -> Teacher:
    """A teacher with the same output for every picture."""
    return lambda inputs: torch.eye(NUM_CLASSES)[[class_index] * len(inputs)]


# Training batches


def test_without_teachers_the_target_is_the_label() -> None:
    inputs, targets = batches([]).batch(torch.tensor([0, 1, 2, 3, 5]), 32)
    assert inputs.shape == (5, 3, 32, 32)
    assert 0 <= inputs.min() <= inputs.max() <= 1
    assert targets.tolist() == torch.eye(NUM_CLASSES)[[0, 1, 2, 3, 1]].tolist()


def test_each_part_of_a_batch_has_a_teacher_and_the_label_keeps_its_weight() -> None:
    _, targets = batches([constant(1), constant(2)]).batch(torch.tensor([0, 0, 0, 0]), 32)
    torch.testing.assert_close(targets, torch.tensor([[0.2, 0.8, 0, 0]] * 2 + [[0.2, 0, 0.8, 0]] * 2))


@pytest.mark.parametrize(("mixup_alpha", "cutmix_probability"), [(0.0, 0.0), (0.4, 0.0), (0.0, 1.0)])
def test_teachers_get_the_very_inputs_of_the_student(mixup_alpha: float, cutmix_probability: float) -> None:
    received: list[Tensor] = []

    def recording(inputs: Tensor) -> Tensor:
        received.append(inputs)
        return constant(0)(inputs)

    inputs, targets = batches([recording, recording], mixup_alpha, cutmix_probability).batch(torch.arange(8), 32)
    assert torch.equal(torch.cat(received), inputs)
    torch.testing.assert_close(targets.sum(1), torch.ones(8))
    labels = (targets - 0.8 * torch.eye(NUM_CLASSES)[[0] * 8]) / 0.2  # the targets without the teachers' part
    of_two = ((labels > 0.01) & (labels < 0.99)).any(1)
    assert bool(of_two.any()) == bool(mixup_alpha or cutmix_probability)


def test_more_teachers_than_pictures_leave_some_unused() -> None:
    teachers = [constant(0), constant(1), constant(2)]
    assert teacher_probabilities(teachers, torch.rand(2, 3, 8, 8)).shape == (2, NUM_CLASSES)


# Teachers


def test_a_teacher_of_more_classes_is_renormalized_among_those_of_the_student() -> None:
    probabilities = torch.tensor([[0.1, 0.2, 0.3, 0.4]])
    renormalized = restricted(torch.tensor([3, 1]), lambda _: probabilities)(torch.rand(1, 3, 8, 8))
    torch.testing.assert_close(renormalized, torch.tensor([[2 / 3, 1 / 3]]))


def test_resnet_teacher_has_imagenets_class_indices(tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save({"network": ResNet18(num_classes=2).state_dict()}, tmp_path / "resnet.pt")
    imagenet = torch.tensor([700, 3])
    teacher = resnet_teacher(imagenet, tmp_path / "resnet.pt", "cpu")
    probabilities = teacher(torch.rand(2, 3, 96, 96))
    assert probabilities.shape == (2, 1000)
    torch.testing.assert_close(probabilities[:, imagenet].sum(1), torch.ones(2))
    under_autocast = teacher_probabilities([teacher], torch.rand(2, 3, 96, 96))
    torch.testing.assert_close(under_autocast[:, imagenet].sum(1), torch.ones(2))  # the softmax is in full precision
    with torch.no_grad():
        mean = torch.full((2, 3, 160, 160), networks.MEAN)
        network = ResNet18(num_classes=2).eval()
        network.load_state_dict(torch.load(tmp_path / "resnet.pt", weights_only=True)["network"])
        torch.testing.assert_close(teacher(mean)[:, imagenet], network(torch.zeros_like(mean)).softmax(1))


def test_a_shrunken_photograph_has_the_logits_of_its_full_size() -> None:
    def brightness(pixels: Tensor) -> Tensor:
        return pixels.mean((1, 2, 3))[:, None]

    photos = [torch.full((1, 3, 256, 300), shade) for shade in (0.25, 0.75)]
    views, logits = shrunken_views(photos, brightness, torch.Generator().manual_seed(0), "cpu")  # type: ignore[arg-type]
    assert views.shape == (2 * VIEWS, 3, SIDE, SIDE)
    torch.testing.assert_close(views.float().mean((1, 2, 3)) / 127.5 - 1, logits[:, 0], atol=0.01, rtol=0)


def test_the_recipes_input_is_that_of_the_bundled_network() -> None:
    pixels = noise(1)
    config = json.loads((MODELS / "mobilenet-v2" / "config.json").read_text())
    picture = Image.fromarray(pixels[0].permute(1, 2, 0).numpy())
    bundled = Preprocessing.from_config(config["preprocessing"]).pixels(picture)
    recipe = mobilenet_input(pixels, INPUT_SIZE)[0]
    torch.testing.assert_close(recipe, torch.from_numpy(bundled) * 2 - 1, atol=0.01, rtol=0)


def test_loss_is_least_where_both_parts_are_right() -> None:
    targets, teacher_logits = torch.eye(3)[:2], torch.tensor([[2.0, 0.0, -1.0]])
    right = torch.cat([20 * targets, teacher_logits])
    for row in range(3):
        wrong = right.clone()
        wrong[row] = wrong[row].roll(1)
        assert combined_loss(wrong, targets, teacher_logits) > combined_loss(right, targets, teacher_logits)


# Whole runs


@pytest.fixture
def tiny_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight pictures of two classes in the place of Tiny ImageNet, and random weights as the given ones."""
    pictures = Pictures(noise(8), torch.arange(8) % 2, ["n01440764", "n01443537"])
    torch.manual_seed(0)
    views = noise(4), torch.randn(4, 1000)
    monkeypatch.setattr(run, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(networks, "CHECKPOINTS", tmp_path)
    for module in (resnet, mobilenet):
        monkeypatch.setattr(module, "tiny_imagenet", lambda data, cache: (pictures, pictures))
    monkeypatch.setattr(mobilenet, "distillation_set", lambda data, device: views)
    (tmp_path / "weights").mkdir()
    weights = MobileNetV2(num_classes=1000, asymmetric_padding=True).state_dict()
    torch.save(weights, tmp_path / "weights" / "mobilenet_v2_imagenet_fp16.pth")
    return tmp_path


def test_both_recipes_train_and_learn_from_each_other(tiny_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = MobileNetConfig(sizes="32", batch_size=4, photo_batch_size=2)
    mobilenet.train(tiny_data, "mobilenet-first", small)
    student = ResNetConfig(sizes="32", batch_size=4, teachers=("mobilenet-first",))
    resnet.train(tiny_data, "resnet-first", student)
    changes = {"init_from": "mobilenet-first", "teachers": ("mobilenet-first", "resnet-first")}
    mobilenet.train(tiny_data, "mobilenet-second", small.model_copy(update=changes))
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum("held_out_top1" in record for record in records) == 3
    names = ("mobilenet-first", "resnet-first", "mobilenet-second")
    states = {name: torch.load(tiny_data / f"{name}.pt", weights_only=True) for name in names}
    assert all(state["step"] == state["total"] == 2 for state in states.values())
    assert all(tensor.isfinite().all() for state in states.values() for tensor in state["network"].values())


@pytest.mark.parametrize(
    ("train", "config"),
    [
        (mobilenet.train, MobileNetConfig(sizes="32", batch_size=4, photo_batch_size=2, learning_rate=0)),
        (resnet.train, ResNetConfig(sizes="32", batch_size=4, learning_rate=0)),
    ],
    ids=["mobilenet", "resnet"],
)
def test_rate_0_prints_the_curve_of_the_range_test(
    train: Callable[[Path, str, ClassifierConfig], None],
    config: ClassifierConfig,
    tiny_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from training.classify import batches

    find_rate = batches.find_learning_rate
    monkeypatch.setattr(batches, "find_learning_rate", lambda *arguments: find_rate(*arguments, steps=2))
    train(tiny_data, "unused", config)
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert not list(tiny_data.glob("*.pt"))


@pytest.mark.parametrize("name", CONFIGS)
def test_configs_start_from_and_learn_from_runs_that_have_a_config(name: str) -> None:
    config = recipes.load(name).config
    assert isinstance(config, ClassifierConfig)
    assert {*config.teachers, *filter(None, [config.init_from])} <= set(CONFIGS) - {name}
    assert epoch_sizes(config.sizes)


def test_bundled_models_have_a_config_that_their_card_names() -> None:
    for name in ("mobilenet-v2", "resnet-18"):
        assert name in CONFIGS
        assert f"Recipe config: `{name}`" in (MODELS / name / "README.md").read_text()


# The average of two branches


def prediction(logits: list[float], target: int = 0) -> Predictions:
    return Predictions(torch.tensor([logits]), torch.tensor([target]))


def test_the_penalty_is_for_the_labelled_classes_of_the_small_branch_alone() -> None:
    large, small = penalized([prediction([1, 2, 3])] * 2, torch.tensor([0, 2]), 0.5)
    assert large.logits.tolist() == [[1, 2, 3]]
    assert small.logits.tolist() == [[0.5, 2, 2.5]]


def test_a_better_average_that_misses_the_other_classes_is_not_chosen() -> None:
    # Of three pictures of class 0, the labelled one, the second is correct under a small penalty only.
    neutral = torch.zeros(3, 2)
    tiny = [
        Predictions(neutral, torch.zeros(3).long()),
        Predictions(torch.tensor([[9.0, 0], [0.7, 0], [0, 9]]), torch.zeros(3).long()),
    ]
    shrunk = [prediction([0.0, 0.0], 1), prediction([0.9, 0.0], 1)]
    labelled = torch.tensor([0])
    penalty, small_weight = best_average(tiny, shrunk, labelled)
    assert penalty == 1.0
    assert averaged(*penalized(shrunk, labelled, penalty), small_weight).accuracy(1) == 1
    assert averaged(*penalized(tiny, labelled, penalty), small_weight).accuracy(1) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("sizes", "expected"), [("64", [64]), ("2x48,64", [48, 48, 64]), ("1x8,3x9", [8, 9, 9, 9])])
def test_sizes_of_epochs(sizes: str, expected: list[int]) -> None:
    assert epoch_sizes(sizes) == expected


def test_indices_are_imagenets() -> None:
    assert imagenet_indices(["n01440764", "n15075141"]).tolist() == [0, 999]
