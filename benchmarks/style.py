"""Painting at once and stroke by stroke: ``python -m benchmarks.style``.

At once: by size, and what moving the strength costs. Stroke by stroke: our steps against the plain loop of tutorials,
both through a VGG-19 of random weights, in one run; and what a step needs of memory.
"""

import resource
import time
from functools import partial

import torch
from torch import Tensor, nn
from torchvision.models import vgg19

from benchmarks.timing import ROUNDS, milliseconds
from zoo.core.loading import NormalizedModel
from zoo.examples import example
from zoo.exhibits.style import RestyleKnobs, StyleKnobs, covering, restyle
from zoo.exhibits.style.feature_extractor import PERCEPTIONS, estimated_bytes
from zoo.exhibits.style.optimised import prepared
from zoo.exhibits.style.pictures import to_pixels

VGG = "torchvision/vgg19"
STEPS = 3


def at_once() -> None:
    photograph = example("china")
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for size in (256, 512, 1024):
        knobs = RestyleKnobs(size=size)
        painted = restyle(photograph, knobs).painted
        half = knobs.model_copy(update={"strength": 0.5})
        whole, moved = milliseconds(partial(restyle, photograph, knobs), partial(covering, photograph, painted, half))
        print(f"  {size:4} px: painted in {whole:7.1f} ms, another strength in {moved:5.1f} ms")


def plain_step(
    module: NormalizedModel, pixels: Tensor, style: Tensor, content: Tensor, optimiser: torch.optim.Optimizer
) -> None:
    """As tutorials have it: the style looked at anew each time, whole feature maps kept, no mirrored border."""

    def seen(x: Tensor) -> list[Tensor]:
        found, x = [], (x - module.mean) / module.std
        for place, layer in enumerate(module.network.features):  # type: ignore[arg-type]
            x = layer(x)
            if f"features.{place}" in PERCEPTIONS[VGG].paths:
                found.append(x)
        return found

    def gram(x: Tensor) -> Tensor:
        return x.flatten(2)[0] @ x.flatten(2)[0].T / x[0].numel()

    mine, hand, shown = seen(pixels), seen(style), seen(content)
    loss = (mine[4] - shown[4]).square().mean()
    for one, other in zip(mine, hand, strict=True):
        loss = loss + 1e4 * (gram(one) - gram(other)).square().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def stroke_by_stroke() -> None:
    torch.manual_seed(0)
    module = (
        NormalizedModel(vgg19(weights=None), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)).eval().requires_grad_(False)
    )
    for layer in module.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    for size in (256, 512):
        content, style = to_pixels(example("china"), size), to_pixels(example("strokes"), size)
        canvas = prepared(StyleKnobs(network=VGG), content, [(style, 1.0)], None, module)
        pixels = content.clone().requires_grad_(True)
        step = partial(plain_step, module, pixels, style, content, torch.optim.Adam([pixels], lr=0.03))
        spent = []
        for call in (partial(canvas.step, module), step):
            call()
            start = time.perf_counter()
            for _ in range(STEPS):
                call()
            spent.append((time.perf_counter() - start) / STEPS)
        mine, plain = spent
        print(f"  {size:4} px: ours {1 / mine:.2f}, plain {1 / plain:.2f} steps a second, {plain / mine:.2f} times")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"  {estimated_bytes(1024, 683, VGG) / 1e9:.1f} GB estimated at 1,024 px; {peak:.1f} GB was the most so far")


if __name__ == "__main__":
    at_once()
    stroke_by_stroke()
