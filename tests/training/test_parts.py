"""What recipes share: augmentation, schedules, data parallelism, and runs that resume from a checkpoint."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from training import run as runs
from training.augment import colour_jitter, cutmix, mixup, one_hot_smoothed, random_resized_crop
from training.data_parallel import DataParallel
from training.publish import to_metric, write_card
from training.run import Run
from training.schedule import discriminative_groups, find_learning_rate, one_cycle
from zoo.core.cards import exhibit_cards


@given(st.integers(0, 2**31), st.floats(0.05, 0.9), st.integers(8, 40))
@settings(max_examples=30, deadline=None)
def test_crops_keep_the_range_and_differ_only_by_seed(seed: int, least: float, size: int) -> None:
    images = torch.rand(3, 3, 16, 20)
    crops = [random_resized_crop(images, size, (least, 1.0), torch.Generator().manual_seed(seed)) for _ in range(2)]
    assert torch.equal(*crops)
    assert crops[0].shape == (3, 3, size, size)
    assert images.min() - 1e-5 <= crops[0].min() <= crops[0].max() <= images.max() + 1e-5


def test_crop_of_a_left_to_right_ramp_is_flipped_half_of_the_time() -> None:
    ramp = torch.linspace(0, 1, 16).expand(200, 3, 16, 16)
    crops = random_resized_crop(ramp, 16, (0.5, 1.0), torch.Generator().manual_seed(0))
    flipped = (crops[..., 0] > crops[..., -1]).all((1, 2)).float().mean()
    assert 0.35 < flipped < 0.65
    unflipped = random_resized_crop(ramp, 16, (0.5, 1.0), torch.Generator().manual_seed(0), flip=False)
    assert (unflipped[..., 0] < unflipped[..., -1]).all()


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_a_pasted_rectangle_has_the_weight_of_its_area(seed: int) -> None:
    kinds = torch.arange(6)
    images = kinds.view(6, 1, 1, 1).expand(6, 3, 10, 12).float()
    pasted, targets = cutmix(images, torch.eye(6), torch.Generator().manual_seed(seed))
    assert torch.equal(pasted[:, 0], pasted[:, 2])
    areas = (pasted[:, 0, :, :, None] == kinds).float().mean((1, 2))
    torch.testing.assert_close(targets, areas)
    assert (targets.diagonal() >= 0.45).all()


def test_gradient_over_shards_is_that_of_the_batch_at_each_step() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    network, inputs = nn.Linear(5, 3), torch.randn(8, 5)
    whole, optimizer = copy.deepcopy(network), torch.optim.SGD(network.parameters(), lr=0.1)
    parallel = DataParallel(network, torch.Generator())
    assert len(parallel.replicas) == 2

    def loss_of(replica: nn.Module, indices: torch.Tensor, _: torch.Generator) -> torch.Tensor:
        return replica(inputs[indices]).square().mean()

    for indices in (torch.arange(8), torch.tensor([1, 5, 3, 0])):
        whole.load_state_dict(network.state_dict())
        whole.zero_grad()
        expected = whole(inputs[indices]).square().mean()
        expected.backward()
        assert parallel.backward(indices, loss_of) == pytest.approx(expected.item())
        torch.testing.assert_close(network.weight.grad, whole.weight.grad)
        optimizer.step()
    torch.set_num_threads(threads)


def test_jitter_of_nothing_changes_nothing() -> None:
    images = torch.rand(4, 3, 8, 8)
    torch.testing.assert_close(colour_jitter(images, 0.0, torch.Generator()), images)
    assert not torch.equal(colour_jitter(images, 0.5, torch.Generator()), images)


@given(st.floats(0.05, 2), st.floats(0, 0.5), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_targets_stay_distributions(alpha: float, smoothing: float, seed: int) -> None:
    labels = torch.tensor([0, 3, 4, 1])
    targets = one_hot_smoothed(labels, 5, smoothing)
    images, mixed = mixup(torch.rand(4, 3, 4, 4), targets, alpha, torch.Generator().manual_seed(seed))
    torch.testing.assert_close(mixed.sum(1), torch.ones(4))
    assert (mixed >= 0).all()
    assert images.shape == (4, 3, 4, 4)
    assert (targets.argmax(1) == labels).all()


def test_earlier_layers_have_lower_rates_and_vectors_no_weight_decay() -> None:
    layers = [nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)]
    groups = discriminative_groups(layers, lr=1.0, decay=0.5)
    rate = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert [rate[id(layer.weight)] for layer in layers] == [0.25, 0.5, 1.0]
    assert all(group["weight_decay"] == 0 for group in groups if group["params"][0].ndim == 1)
    assert len(rate) == 6


def test_one_cycle_peaks_at_each_groups_own_rate_and_ends_near_zero() -> None:
    optimizer = torch.optim.SGD(discriminative_groups([nn.Linear(2, 2), nn.Linear(2, 2)], 0.1, 0.5))
    cycle = one_cycle(optimizer, 100)
    rates = []
    for _ in range(100):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        cycle.step() if len(rates) < 100 else None
    highest = [max(column) for column in zip(*rates, strict=True)]
    assert highest == pytest.approx([0.1, 0.1, 0.05, 0.05], rel=1e-3)
    assert all(rate < peak / 1000 for rate, peak in zip(rates[-1], highest, strict=True))


def test_range_test_stops_where_the_loss_diverges() -> None:
    torch.manual_seed(0)
    network = nn.Linear(4, 1)
    inputs = torch.randn(64, 4)
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    curve = find_learning_rate(
        optimizer, lambda: (network(inputs) - inputs.sum(1, keepdim=True)).square().mean(), 1e-4, 1e3
    )
    rates, losses = zip(*curve, strict=True)
    assert list(rates) == sorted(rates)
    assert rates[0] == pytest.approx(1e-4)
    assert min(losses) < losses[0] / 2
    assert losses[-1] > 3 * min(losses)
    assert len(curve) < 60


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runs, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(runs, "CHECKPOINT_EVERY", 3)
    return tmp_path


def trained(stop_after: int | None = None) -> Iterator[torch.Tensor]:
    """Train a little network, perhaps interrupted; yield its weights after each step."""
    torch.manual_seed(0)
    network, generator = nn.Sequential(nn.Dropout(), nn.Linear(3, 2)), torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    inputs, labels = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 2
    run = Run("little", network, optimizer, generator, 20, 5, [4, 8])
    for step, size, indices in run.steps():
        noise = torch.randn(len(indices), 3, generator=generator) / size
        run.minimize(nn.functional.cross_entropy(network(inputs[indices] + noise), labels[indices]))
        yield network[1].weight.detach().clone()
        if step == stop_after:
            return


def test_an_interrupted_run_ends_like_one_that_was_not(checkpoints: Path) -> None:
    uninterrupted = list(trained())
    assert len(uninterrupted) == 8
    (checkpoints / "little.pt").unlink()
    list(trained(stop_after=4))  # its checkpoint is of step 3
    resumed = list(trained())
    assert len(resumed) == 5
    torch.testing.assert_close(resumed[-1], uninterrupted[-1], rtol=0, atol=0)


def test_every_sample_is_used_once_an_epoch(checkpoints: Path) -> None:
    network = nn.Linear(1, 1)
    run = Run("order", network, torch.optim.SGD(network.parameters()), torch.Generator(), 20, 5, [4, 8])
    steps = [(size, indices) for _, size, indices in run.steps()]
    assert [size for size, _ in steps] == [4] * 4 + [8] * 4
    for epoch in (steps[:4], steps[4:]):
        assert sorted(torch.cat([indices for _, indices in epoch]).tolist()) == list(range(20))
    assert not torch.equal(steps[0][1], steps[4][1])


def test_card_is_read_back_with_the_metrics_that_were_measured(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard

    template = Path("training/classify/resnet-18.md")
    folder = tmp_path / "model-x"
    folder.mkdir()
    metrics = [
        to_metric("top-1", 1 / 3, "somewhere"),
        to_metric("top-5", 0.5, "somewhere"),
        to_metric("top-1", 0.25, "elsewhere"),
    ]
    write_card(folder, template, metrics, {"flagged": "12%", "known": "70%"})
    card = ModelCard.load(folder / "README.md")
    for result, metric in zip(card.data.eval_results, metrics, strict=True):
        assert math.isclose(result.metric_value, metric.value, abs_tol=1e-4)
        assert (result.metric_name, result.dataset_name) == (metric.name, metric.dataset)
    assert "33.3%" in card.text
    assert "12%" in card.text
    assert "{" not in card.text
    assert "What limits the accuracy of 33.3%" in card.text


@pytest.mark.parametrize("exhibit", ["classify", "adversarial", "generate", "sentiment", "sound", "style", "translate"])
def test_the_cards_of_networks_trained_here_say_what_limits_their_metrics(exhibit: str) -> None:
    own = [card for card in exhibit_cards(exhibit) if "here" in card.weights]
    assert own
    for card in own:
        assert card.folder is not None
        limits = (card.folder / "README.md").read_text().split("## Limits\n")[1]
        paragraph = next(part for part in limits.split("\n\n") if "What limits the" in " ".join(part.split()))
        assert any(metric.formatted in paragraph for metric in card.metrics), card.name
