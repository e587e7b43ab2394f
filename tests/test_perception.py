"""What the networks see of a picture, and what they take no notice of."""

import pytest
import torch
from torch.nn import functional as F

from zoo.core.runtime import get_runtime
from zoo.examples import example
from zoo.style import StyleKnobs, completed, paint
from zoo.style.perception import PERCEPTIONS, activations, blurred, gram, losses, stages, target_of
from zoo.style.pictures import LEAST, to_pixels

QUICK = StyleKnobs(size=64, steps=10, levels=1)
PHOTOGRAPH, STROKES = example("coffee"), example("strokes")


def test_gram_is_the_mean_product_of_channels() -> None:
    activation = torch.rand(1, 3, 4, 5)
    expected = torch.einsum("bihw,bjhw->ij", activation, activation) / 20
    torch.testing.assert_close(gram(activation), expected)


def test_vgg_is_looked_at_where_the_paper_looks() -> None:
    from torchvision.models import vgg19

    from zoo.core.models import Normalised

    with torch.random.fork_rng():
        module = Normalised(vgg19(weights=None), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()
    perception = PERCEPTIONS["torchvision/vgg19"]
    with torch.inference_mode():
        seen = activations(module, perception, torch.rand(1, 3, 32, 32))
    # Sides without the mirrored margin: 32, and half as much after each pooling.
    shapes = {path: tuple(each.shape[1:]) for path, each in seen.items()}
    assert shapes == {
        "features.1": (64, 32, 32),
        "features.6": (128, 16, 16),
        "features.11": (256, 8, 8),
        "features.20": (512, 4, 4),
        "features.22": (512, 4, 4),
        "features.29": (512, 2, 2),
    }
    assert all(float(each.min()) == 0 for each in seen.values())  # after the rectifier
    with torch.inference_mode():
        least = activations(module, perception, torch.rand(1, 3, LEAST, LEAST))
    assert all(each.numel() for each in least.values())


def test_blurring_leaves_flat_ground_and_takes_away_what_halving_would_mistake() -> None:
    rows, columns = torch.meshgrid(torch.arange(8), torch.arange(10), indexing="ij")
    for finest in (rows % 2, columns % 2, (rows + columns) % 2):
        seen = blurred(finest.float()[None, None])
        torch.testing.assert_close(seen[..., 1:-1, 1:-1], torch.full((1, 1, 6, 8), 0.5))
    torch.testing.assert_close(blurred(torch.ones(1, 2, 3, 4)), torch.ones(1, 2, 3, 4))


def test_resnet_without_blur_sees_what_it_was_trained_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.nets.resnet import ResNet18

    with torch.random.fork_rng():
        network, pixels = ResNet18(num_classes=10).eval(), torch.rand(1, 3, 64, 64)
    monkeypatch.setattr("zoo.style.perception.blurred", lambda x: x)
    x = pixels
    for _, stage in stages(network):
        x = stage(x)
    torch.testing.assert_close(network.fc(x.mean((2, 3))), network(pixels))


def test_resnet_minds_less_where_its_grid_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = to_pixels(PHOTOGRAPH, 192)

    def change(module: torch.nn.Module) -> float:
        """How far the content layer is, half of its grid further on, from the mean of what is around there."""
        with torch.no_grad():
            one, other = (
                activations(module, PERCEPTIONS["resnet-18"], whole[..., by : by + 112, by : by + 112])["layer3.0"]  # type: ignore[arg-type]
                for by in (0, 8)
            )
        around, there = F.avg_pool2d(one, 2, 1), other[..., :-1, :-1]
        return float((around - there).square().mean() / there.square().mean())

    with_blur = get_runtime().run(change, "resnet-18")
    monkeypatch.setattr("zoo.style.perception.blurred", lambda x: x)
    assert with_blur < 0.8 * get_runtime().run(change, "resnet-18")


@pytest.mark.parametrize("network", ["resnet-18", "mobilenet-v2"])
def test_flat_ground_has_no_border(network: str) -> None:
    def spread(module: torch.nn.Module) -> float:
        """How much the finest layers differ from place to place, where the zeros around a map would show."""
        with torch.no_grad():
            seen = activations(module, PERCEPTIONS[network], torch.full((1, 3, 64, 48), 0.7))  # type: ignore[arg-type]
        return max(float(seen[path].std((2, 3)).max()) for path in PERCEPTIONS[network].fine)

    assert get_runtime().run(spread, network) < 1e-4


@pytest.mark.parametrize("network", ["resnet-18", "mobilenet-v2"])
def test_errors_are_none_for_the_target_itself(network: str) -> None:
    def measure(module: torch.nn.Module) -> list[float]:
        perception, pixels = PERCEPTIONS[network], to_pixels(PHOTOGRAPH, 64)
        target = target_of(module, perception, pixels, [(pixels, 1.0)])  # type: ignore[arg-type]
        with torch.no_grad():
            found = losses(module, perception, pixels, target, QUICK)  # type: ignore[arg-type]
        return [float(found.content), float(found.style)]

    assert get_runtime().run(measure, network) == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize("network", ["resnet-18", "mobilenet-v2"])
def test_looking_leaves_no_hook_and_no_gradient(network: str) -> None:
    completed(paint(PHOTOGRAPH, [(STROKES, 1.0)], QUICK.model_copy(update={"network": network})))

    def left(module: torch.nn.Module) -> tuple[int, bool]:
        hooks = sum(len(each._forward_hooks) for each in module.modules())
        return hooks, any(p.grad is not None or p.requires_grad for p in module.parameters())

    assert get_runtime().run(left, network) == (0, False)
