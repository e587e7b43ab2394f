"""The feature extractors of style transfer: layers, Gram matrices, losses, borders."""

import pytest
import torch

from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.examples import example
from zoo.exhibits.style import StyleKnobs, optimise_style
from zoo.exhibits.style.feature_extractor import LAYERS, activations, compute_losses, compute_target, gram_matrix
from zoo.exhibits.style.pictures import MIN_SIDE, image_to_tensor

QUICK = StyleKnobs(size=64, steps=10, levels=1)
PHOTOGRAPH, STROKES = example("coffee"), example("strokes")
BUNDLED = ["perceptual-resnet", "mobilenet-v2"]


def test_gram_matrix_is_the_mean_product_of_channels() -> None:
    activation = torch.rand(1, 3, 4, 5)
    expected = torch.einsum("bihw,bjhw->ij", activation, activation) / 20
    torch.testing.assert_close(gram_matrix(activation), expected)


def test_vgg_has_the_layers_of_the_paper() -> None:
    from torchvision.models import vgg19

    from zoo.core.loading import NormalizedModel

    with torch.random.fork_rng():
        module = NormalizedModel(vgg19(weights=None), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()
    layers = LAYERS["torchvision/vgg19"]
    with torch.inference_mode():
        features = activations(module, layers, torch.rand(1, 3, 32, 32))
    # Sides without the padding: 32, and half as much after each pooling.
    shapes = {path: tuple(activation.shape[1:]) for path, activation in features.items()}
    assert shapes == {
        "features.1": (64, 32, 32),
        "features.6": (128, 16, 16),
        "features.11": (256, 8, 8),
        "features.20": (512, 4, 4),
        "features.22": (512, 4, 4),
        "features.29": (512, 2, 2),
    }
    assert all(float(activation.min()) == 0 for activation in features.values())  # after the ReLU
    with torch.inference_mode():
        smallest = activations(module, layers, torch.rand(1, 3, MIN_SIDE, MIN_SIDE))
    assert all(activation.numel() for activation in smallest.values())


def test_ours_compares_content_at_an_eighth_of_the_size_as_the_paper_does() -> None:
    def shape(module: torch.nn.Module) -> tuple[int, ...]:
        layers = LAYERS["perceptual-resnet"]
        with torch.no_grad():
            features = activations(module, layers, torch.rand(1, 3, 64, 64))  # type: ignore[arg-type]
        return tuple(features[layers.content].shape[1:])

    assert get_runtime().run(shape, "perceptual-resnet") == (128, 8, 8)


@pytest.mark.parametrize("network", BUNDLED)
def test_a_constant_picture_has_no_border(network: str) -> None:
    def spread(module: torch.nn.Module) -> float:
        """The variation of the finest layers over positions, where zero padding would show."""
        with torch.no_grad():
            features = activations(module, LAYERS[network], torch.full((1, 3, 64, 48), 0.7))  # type: ignore[arg-type]
        return max(float(features[path].std((2, 3)).max()) for path in LAYERS[network].fine)

    assert get_runtime().run(spread, network) < 1e-4


@pytest.mark.parametrize("network", BUNDLED)
def test_losses_are_zero_for_the_target_itself(network: str) -> None:
    def measure(module: torch.nn.Module) -> list[float]:
        layers, pixels = LAYERS[network], image_to_tensor(PHOTOGRAPH, 64)
        target = compute_target(module, layers, pixels, [(pixels, 1.0)])  # type: ignore[arg-type]
        with torch.no_grad():
            losses = compute_losses(module, layers, pixels, target, QUICK)  # type: ignore[arg-type]
        return [float(losses.content), float(losses.style)]

    assert get_runtime().run(measure, network) == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize("network", BUNDLED)
def test_a_run_leaves_no_hook_and_no_gradient(network: str) -> None:
    run_to_completion(optimise_style(PHOTOGRAPH, [STROKES], QUICK.model_copy(update={"network": network})))

    def left(module: torch.nn.Module) -> tuple[int, bool]:
        hooks = sum(len(each._forward_hooks) for each in module.modules())
        return hooks, any(p.grad is not None or p.requires_grad for p in module.parameters())

    assert get_runtime().run(left, network) == (0, False)
