"""From the checkpoint of the feature extractor to assets/models/perceptual-resnet, measured under attack."""

from pathlib import Path
from statistics import fmean

import torch
from safetensors.torch import load_file

from training import options
from training.pictures import photographs
from training.publish import save_model, to_half, to_metric, write_card
from training.run import CHECKPOINTS
from training.style.perceptual import ORIGINAL, feature_maps, original_network, project, relative_error, rescale
from zoo.core.cards import WEIGHTS_FILE, bundled_cards, find_card
from zoo.core.loading import NormalizedModel
from zoo.exhibits.style.pictures import image_to_tensor
from zoo.nets.perceptual import PerceptualResNet

NAME = "perceptual-resnet"
EPSILON = 0.01  # root mean square of the change that it is measured with
PGD_STEPS = 10


def pgd_error(network: PerceptualResNet, module: NormalizedModel, pixels: torch.Tensor, epsilon: float) -> float:
    """The relative squared error of the last map under projected gradient descent (Madry et al., arXiv:1706.06083).

    ``pixels``: (1, 3, H, W) in [0, 1]; ``epsilon``: root mean square of the change.
    """
    radius = torch.full((1, 1, 1, 1), epsilon * pixels[0].numel() ** 0.5)
    with torch.no_grad():
        target = feature_maps(network, module, pixels)[-1]
    perturbation = rescale(torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0)), radius / 2)
    for _ in range(PGD_STEPS):
        perturbation.requires_grad_(True)
        error = relative_error(feature_maps(network, module, pixels + perturbation)[-1], target).sum()
        (gradient,) = torch.autograd.grad(error, perturbation)
        perturbation = project(perturbation + rescale(gradient, 0.3 * radius), radius).detach()
    with torch.no_grad():
        return float(relative_error(feature_maps(network, module, pixels + perturbation)[-1], target).sum())


def bundle_perceptual(data: options.Data) -> None:
    """Write assets/models/perceptual-resnet from .checkpoints/perceptual-resnet.pt."""
    state = torch.load(CHECKPOINTS / f"{NAME}.pt", weights_only=True)["network"]
    preprocessing = find_card(ORIGINAL).config["preprocessing"]
    config = {
        "exhibit": "feature-extraction",
        "title": "ResNet-18's first stages, adversarially fine-tuned",
        "architecture": {"kind": NAME},
        "preprocessing": {key: preprocessing[key] for key in ("mean", "std")},
    }
    folder = save_model(NAME, config, {name: to_half(tensor) for name, tensor in state.items()})
    network, (original, module) = PerceptualResNet(), original_network()
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(folder / WEIGHTS_FILE).items()})
    network.requires_grad_(False)
    pictures = [image_to_tensor(photograph, 256) for _, photograph in photographs(data)[1]]
    after, before = (
        fmean(pgd_error(each, module, pixels, EPSILON) for pixels in pictures) for each in (network, original)
    )
    print({"after": after, "before": before})
    dataset = f"{len(pictures)} photographs of ILSVRC held out, at 256 px"
    metric = to_metric(f"relative error under PGD-{PGD_STEPS}, {EPSILON} rms", after, dataset)
    write_card(folder, Path(__file__).with_name("perceptual.md"), [metric], {"before": before, "recipe": NAME})
    bundled_cards.cache_clear()
