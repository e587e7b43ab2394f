"""Five explanations of one prediction: gradients, occlusion and Grad-CAM, each drawn as a map in [0, 1].

A method is a generator over the steps of its computation: each step is one call of the runtime, under 200 ms on one
core, and yields the importance map so far. All but Grad-CAM attribute the logit of a class to the pixels.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from zoo.core.errors import InputError
from zoo.core.gradcam import apply_colormap, grad_cam
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps

ImportanceMap = NDArray[np.float32]  # (H, W) in [0, 1]

SMOOTHGRAD_SAMPLES, SMOOTHGRAD_STD = 12, 0.15  # noisy copies, and the standard deviation for pixels in [0, 1]
IG_STEPS = 24  # points on the straight path from black to the picture
GRADIENT_BATCH, LOGIT_BATCH = 2, 5  # pictures a step, with gradients and without
OCCLUSION_GRID = 10  # patches along a side; each overlaps the next by half


@dataclass(frozen=True)
class Explanation:
    """``maps``: the importance map of each picture by ``method``."""

    method: str
    maps: tuple[ImportanceMap, ...]


def logit_gradient(network: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """(B, 3, H, W): the gradient of the logit of ``target`` with respect to the pixels. Call it in the worker only."""
    device = next(network.parameters()).device
    inputs = pixels.detach().to(device).requires_grad_()
    (gradient,) = torch.autograd.grad(network(inputs)[:, target].sum(), inputs)
    return gradient.cpu()


@torch.inference_mode()
def target_logits(network: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """(B,): the logit of ``target`` for each picture. Call it in the worker only."""
    logits: Tensor = network(pixels.to(next(network.parameters()).device))[:, target]
    return logits.cpu()


def saliency(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """The absolute value of the gradient (Simonyan et al. 2013, arXiv:1312.6034)."""
    yield get_runtime().run(partial(logit_gradient, pixels=pixels, target=target), model).abs()


def smooth_grad(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """The mean gradient over noisy copies of the picture (Smilkov et al. 2017, arXiv:1706.03825)."""
    generator = torch.Generator().manual_seed(0)
    noisy = pixels + SMOOTHGRAD_STD * torch.randn(SMOOTHGRAD_SAMPLES, *pixels.shape[1:], generator=generator)
    total = torch.zeros_like(pixels)
    for batch in torch.split(noisy, GRADIENT_BATCH):
        total += get_runtime().run(partial(logit_gradient, pixels=batch, target=target), model).sum(0, keepdim=True)
        yield (total / SMOOTHGRAD_SAMPLES).abs()


def integrated_gradients(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """The mean gradient on the path from black, times the picture (Sundararajan et al. 2017, arXiv:1703.01365)."""
    alphas = (torch.arange(IG_STEPS) + 0.5) / IG_STEPS  # midpoints
    total = torch.zeros_like(pixels)
    for batch in torch.split(alphas, GRADIENT_BATCH):
        path = batch.view(-1, 1, 1, 1) * pixels
        total += get_runtime().run(partial(logit_gradient, pixels=path, target=target), model).sum(0, keepdim=True)
        yield (total / IG_STEPS * pixels).abs()


def occlusion(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """The drop of the logit when a patch is grey (Zeiler and Fergus 2013, arXiv:1311.2901), averaged over patches."""
    run = partial(target_logits, target=target)
    baseline = get_runtime().run(partial(run, pixels=pixels), model)
    size = pixels.shape[-1] * 2 // (OCCLUSION_GRID + 1)
    offsets = torch.linspace(0, pixels.shape[-1] - size, OCCLUSION_GRID).round().int().tolist()
    drop = torch.zeros(1, 1, *pixels.shape[2:])
    count = torch.zeros_like(drop)
    for top in offsets:
        occluded = pixels.repeat(OCCLUSION_GRID, 1, 1, 1)
        for picture, left in zip(occluded, offsets, strict=True):
            picture[:, top : top + size, left : left + size] = 0.5
        for start in range(0, OCCLUSION_GRID, LOGIT_BATCH):
            logits = get_runtime().run(partial(run, pixels=occluded[start : start + LOGIT_BATCH]), model)
            for value, left in zip((baseline - logits).tolist(), offsets[start : start + LOGIT_BATCH], strict=True):
                drop[..., top : top + size, left : left + size] += value
                count[..., top : top + size, left : left + size] += 1
            yield (drop / count.clamp(min=1)).relu()


def class_activation(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391); zeros for a network without a feature map."""
    try:
        heat = get_runtime().run(lambda network: grad_cam(network, pixels, target), model)
    except InputError:
        yield torch.zeros_like(pixels)
        return
    size = pixels.shape[-1]
    yield nn.functional.interpolate(torch.from_numpy(heat)[None, None], (size, size), mode="bicubic").clamp(0, 1)


METHODS: dict[str, Callable[[str, Tensor, int], Iterator[Tensor]]] = {
    "Saliency": saliency,
    "SmoothGrad": smooth_grad,
    "Integrated gradients": integrated_gradients,
    "Occlusion": occlusion,
    "Grad-CAM": class_activation,
}
STEPS_PER_PICTURE = (
    1 + SMOOTHGRAD_SAMPLES // GRADIENT_BATCH + IG_STEPS // GRADIENT_BATCH + OCCLUSION_GRID**2 // LOGIT_BATCH + 1
)


def explain(model: str, targets: Sequence[tuple[Tensor, int]]) -> Steps[tuple[Explanation, ...]]:
    """Every method on every picture; a job.

    ``targets``: for each picture its pixels, (1, 3, H, W) in [0, 1], and the class index that is explained.
    """
    total = STEPS_PER_PICTURE * len(targets)
    done = 0
    explanations = []
    for method, attribute in METHODS.items():
        maps = []
        for pixels, target in targets:
            importance = torch.zeros_like(pixels)
            for latest in attribute(model, pixels, target):
                importance = latest
                done += 1
                yield Progress(done, total, method)
            maps.append(normalize_importance(importance))
        explanations.append(Explanation(method, tuple(maps)))
    return tuple(explanations)


def normalize_importance(importance: Tensor) -> ImportanceMap:
    """(1, C, H, W) of values from 0 -> (H, W) in [0, 1]: summed over channels, the 99th percentile mapped to 1."""
    flat = importance[0].sum(0).numpy()
    top = float(np.quantile(flat, 0.99)) or float(flat.max()) or 1.0
    scaled: ImportanceMap = np.clip(flat / top, 0, 1).astype(np.float32)
    return scaled


def overlay_importance(image: Image.Image, importance: ImportanceMap) -> Image.Image:
    """A picture of the map's size, darkened and grey, under the map's colours."""
    grey = np.asarray(image.convert("L"), np.float32)[..., None] * 0.35
    weight = np.sqrt(importance)[..., None]
    return Image.fromarray((grey * (1 - weight) + apply_colormap(importance) * weight).round().astype(np.uint8))
