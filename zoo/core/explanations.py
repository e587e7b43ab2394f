"""What a classifier looks at, by five methods side by side.

All but Grad-CAM ask how the logit of a class hangs on the pixels; what they say is drawn as a map in [0, 1].
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
from zoo.core.jobs import Progress, Steps
from zoo.core.runtime import get_runtime

Map = NDArray[np.float32]  # (H, W)

NOISES, NOISE = 12, 0.15  # samples of SmoothGrad, and the deviation of their noise where pixels lie in [0, 1]
PATH = 24  # pictures between black and the picture, for integrated gradients
BATCH, ROW = 2, 5  # pictures a step with gradients and without: under 200 ms on one core
PATCHES = 10  # occlusion's patches along a side, each half over the next


@dataclass(frozen=True)
class Explanation:
    """``maps``: (H, W) in [0, 1], one for each picture."""

    method: str
    maps: tuple[Map, ...]


def slope(network: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """(B, 3, H, W): the gradient of one class's logit. For the worker alone."""
    device = next(network.parameters()).device
    moved = pixels.detach().to(device).requires_grad_()
    (found,) = torch.autograd.grad(network(moved)[:, target].sum(), moved)
    return found.cpu()


def saliency(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """The gradient's size (Simonyan et al. 2013, arXiv:1312.6034)."""
    yield get_runtime().run(partial(slope, pixels=pixels, target=target), model).abs()


def smooth_grad(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """Its mean over noisy copies of the picture (Smilkov et al. 2017, arXiv:1706.03825)."""
    generator = torch.Generator().manual_seed(0)
    noisy = pixels + NOISE * torch.randn(NOISES, *pixels.shape[1:], generator=generator)
    total = torch.zeros_like(pixels)
    for part in torch.split(noisy, BATCH):
        total += get_runtime().run(partial(slope, pixels=part, target=target), model).sum(0, keepdim=True)
        yield (total / NOISES).abs()


def integrated_gradients(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """The gradient along the way from black, times the picture (Sundararajan et al. 2017, arXiv:1703.01365)."""
    shares = (torch.arange(PATH) + 0.5) / PATH
    total = torch.zeros_like(pixels)
    for part in torch.split(shares, BATCH):
        way = part.view(-1, 1, 1, 1) * pixels
        total += get_runtime().run(partial(slope, pixels=way, target=target), model).sum(0, keepdim=True)
        yield (total / PATH * pixels).abs()


@torch.inference_mode()
def logit(network: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """(B,). For the worker alone."""
    found: Tensor = network(pixels.to(next(network.parameters()).device))[:, target]
    return found.cpu()


def occlusion(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """How much the logit falls when a patch is grey (Zeiler and Fergus 2013, arXiv:1311.2901)."""
    ask = partial(logit, target=target)
    whole = get_runtime().run(partial(ask, pixels=pixels), model)
    side = pixels.shape[-1] * 2 // (PATCHES + 1)
    edges = torch.linspace(0, pixels.shape[-1] - side, PATCHES).round().int().tolist()
    fall = torch.zeros(1, 1, *pixels.shape[2:])
    count = torch.zeros_like(fall)
    for top in edges:
        hidden = pixels.repeat(PATCHES, 1, 1, 1)
        for picture, left in zip(hidden, edges, strict=True):
            picture[:, top : top + side, left : left + side] = 0.5
        for start in range(0, PATCHES, ROW):
            logits = get_runtime().run(partial(ask, pixels=hidden[start : start + ROW]), model)
            for value, left in zip((whole - logits).tolist(), edges[start : start + ROW], strict=True):
                fall[..., top : top + side, left : left + side] += value
                count[..., top : top + side, left : left + side] += 1
            yield (fall / count.clamp(min=1)).relu()


def class_activation(model: str, pixels: Tensor, target: int) -> Iterator[Tensor]:
    """Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391); nothing for a network without a feature map."""
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
STEPS = 1 + NOISES // BATCH + PATH // BATCH + PATCHES**2 // ROW + 1


def explain(model: str, asked: Sequence[tuple[Tensor, int]]) -> Steps[tuple[Explanation, ...]]:
    """Each method on each picture, (1, 3, H, W) in [0, 1], for the class at that place; a job."""
    total = STEPS * len(asked)
    done = 0
    found = []
    for method, trace in METHODS.items():
        maps = []
        for pixels, target in asked:
            importance = torch.zeros_like(pixels)
            for latest in trace(model, pixels, target):
                importance = latest
                done += 1
                yield Progress(done, total, method)
            maps.append(normalised(importance))
        found.append(Explanation(method, tuple(maps)))
    return tuple(found)


def normalised(importance: Tensor) -> Map:
    """(1, C, H, W) not negative -> (H, W) in [0, 1], the strongest of a hundredth at 1."""
    flat = importance[0].sum(0).numpy()
    top = float(np.quantile(flat, 0.99)) or float(flat.max()) or 1.0
    scaled: Map = np.clip(flat / top, 0, 1).astype(np.float32)
    return scaled


def overlay_importance(image: Image.Image, importance: Map) -> Image.Image:
    """The picture in dim grey, with light where it matters."""
    grey = np.asarray(image.convert("L"), np.float32)[..., None] * 0.35
    weight = np.sqrt(importance)[..., None]
    return Image.fromarray((grey * (1 - weight) + apply_colormap(importance) * weight).round().astype(np.uint8))
