"""What the networks see of a picture, and what they take no notice of."""

import pytest
import torch

from zoo.core.jobs import run_to_completion
from zoo.core.runtime import get_runtime
from zoo.examples import example
from zoo.exhibits.style import StyleKnobs, paint
from zoo.exhibits.style.feature_extractor import PERCEPTIONS, activations, gram, losses, target_of
from zoo.exhibits.style.pictures import LEAST, to_pixels

QUICK = StyleKnobs(size=64, steps=10, levels=1)
PHOTOGRAPH, STROKES = example("coffee"), example("strokes")


def test_gram_is_the_mean_product_of_channels() -> None:
    activation = torch.rand(1, 3, 4, 5)
    expected = torch.einsum("bihw,bjhw->ij", activation, activation) / 20
    torch.testing.assert_close(gram(activation), expected)


def test_vgg_is_looked_at_where_the_paper_looks() -> None:
    from torchvision.models import vgg19

    from zoo.core.loading import NormalizedModel

    with torch.random.fork_rng():
        module = NormalizedModel(vgg19(weights=None), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()
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


def test_ours_keeps_the_photograph_at_an_eighth_of_its_size_as_the_paper_does() -> None:
    def look(module: torch.nn.Module) -> tuple[int, ...]:
        perception = PERCEPTIONS["perceptual-resnet"]
        with torch.no_grad():
            seen = activations(module, perception, torch.rand(1, 3, 64, 64))  # type: ignore[arg-type]
        return tuple(seen[perception.content].shape[1:])

    assert get_runtime().run(look, "perceptual-resnet") == (128, 8, 8)


@pytest.mark.parametrize("network", ["perceptual-resnet", "mobilenet-v2"])
def test_flat_ground_has_no_border(network: str) -> None:
    def spread(module: torch.nn.Module) -> float:
        """How much the finest layers differ from place to place, where the zeros around a map would show."""
        with torch.no_grad():
            seen = activations(module, PERCEPTIONS[network], torch.full((1, 3, 64, 48), 0.7))  # type: ignore[arg-type]
        return max(float(seen[path].std((2, 3)).max()) for path in PERCEPTIONS[network].fine)

    assert get_runtime().run(spread, network) < 1e-4


@pytest.mark.parametrize("network", ["perceptual-resnet", "mobilenet-v2"])
def test_errors_are_none_for_the_target_itself(network: str) -> None:
    def measure(module: torch.nn.Module) -> list[float]:
        perception, pixels = PERCEPTIONS[network], to_pixels(PHOTOGRAPH, 64)
        target = target_of(module, perception, pixels, [(pixels, 1.0)])  # type: ignore[arg-type]
        with torch.no_grad():
            found = losses(module, perception, pixels, target, QUICK)  # type: ignore[arg-type]
        return [float(found.content), float(found.style)]

    assert get_runtime().run(measure, network) == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize("network", ["perceptual-resnet", "mobilenet-v2"])
def test_looking_leaves_no_hook_and_no_gradient(network: str) -> None:
    run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0)], QUICK.model_copy(update={"network": network})))

    def left(module: torch.nn.Module) -> tuple[int, bool]:
        hooks = sum(len(each._forward_hooks) for each in module.modules())
        return hooks, any(p.grad is not None or p.requires_grad for p in module.parameters())

    assert get_runtime().run(left, network) == (0, False)
