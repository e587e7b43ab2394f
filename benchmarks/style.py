"""Fast and optimised style transfer: ``python -m benchmarks.style``.

Fast: by size, and the time of another strength. Optimised: our steps against the plain loop of tutorials, both with a
VGG-19 of random weights, in one run; and the memory of a step.
"""

import resource
import time
from functools import partial

import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import vgg19

from benchmarks.timing import ROUNDS, milliseconds
from zoo.core.loading import NormalizedModel
from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.examples import example
from zoo.exhibits.style import FastStyleKnobs, StyleKnobs, apply_strength, stylise
from zoo.exhibits.style.fast import Rendering, style_weights
from zoo.exhibits.style.feature_extractor import LAYERS, estimate_bytes
from zoo.exhibits.style.optimised import start_level
from zoo.exhibits.style.pictures import image_to_tensor

VGG = "torchvision/vgg19"
STEPS = 3


def fast() -> None:
    photograph = example("china")
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for size in (256, 512, 1024):
        knobs = FastStyleKnobs(size=size)
        stylised = stylise(photograph, knobs).stylised
        half = knobs.model_copy(update={"strength": 0.5})
        forward, blended = milliseconds(
            partial(stylise, photograph, knobs), partial(apply_strength, photograph, stylised, half)
        )
        turns = [1000 * seconds for seconds in turns_of(photograph, knobs)]
        print(
            f"  {size:4} px: forward pass {forward:7.1f} ms in {len(turns)} turns, the longest {max(turns):5.1f} ms, "
            f"another strength {blended:5.1f} ms"
        )


def turns_of(photograph: Image.Image, knobs: FastStyleKnobs) -> list[float]:
    """The seconds of each turn of the worker in one forward pass: a prediction beside it waits for one of them."""
    rendering = Rendering(image_to_tensor(photograph, knobs.size), style_weights(knobs))
    turns, ended = [], False
    while not ended:
        start = time.perf_counter()
        ended = get_runtime().run(rendering.advance, *knobs.model)
        turns.append(time.perf_counter() - start)
    return turns


def plain_step(
    module: NormalizedModel, pixels: Tensor, style: Tensor, content: Tensor, optimiser: torch.optim.Optimizer
) -> None:
    """As in tutorials: features of both targets computed at every step, whole feature maps kept, zero padding."""

    def features(x: Tensor) -> list[Tensor]:
        outputs, x = [], (x - module.mean) / module.std
        for index, layer in enumerate(module.network.features):  # type: ignore[arg-type]
            x = layer(x)
            if f"features.{index}" in LAYERS[VGG].paths:
                outputs.append(x)
        return outputs

    def gram_matrix(x: Tensor) -> Tensor:
        return x.flatten(2)[0] @ x.flatten(2)[0].T / x[0].numel()

    current, style_targets, content_targets = features(pixels), features(style), features(content)
    loss = (current[4] - content_targets[4]).square().mean()
    for activation, target in zip(current, style_targets, strict=True):
        loss = loss + 1e4 * (gram_matrix(activation) - gram_matrix(target)).square().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def optimised() -> None:
    torch.manual_seed(0)
    network = vgg19(weights=None)
    module = NormalizedModel(network, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)).eval().requires_grad_(False)
    for layer in module.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    for size in (256, 512):
        content, style = image_to_tensor(example("china"), size), image_to_tensor(example("strokes"), size)
        optimisation = run_to_completion(start_level(StyleKnobs(network=VGG), content, [(style, 1.0)], None, module))
        pixels = content.clone().requires_grad_(True)
        plain = partial(plain_step, module, pixels, style, content, torch.optim.Adam([pixels], lr=0.03))
        seconds = []
        for step in (partial(optimisation.step, module), plain):
            step()
            start = time.perf_counter()
            for _ in range(STEPS):
                step()
            seconds.append((time.perf_counter() - start) / STEPS)
        ours, theirs = seconds
        print(f"  {size:4} px: ours {1 / ours:.2f}, plain {1 / theirs:.2f} steps a second, {theirs / ours:.2f} times")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"  {estimate_bytes(1024, 683, VGG) / 1e9:.1f} GB estimated at 1,024 px; the peak so far was {peak:.1f} GB")


if __name__ == "__main__":
    fast()
    optimised()
