"""Train the feed-forward painter on photographs, against what ``perceptual-resnet`` sees of paintings."""

import json
from collections import deque
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor, nn

from training import options
from training.data_parallel import DataParallel
from training.muon import Muon
from training.pictures import photographs
from training.precision import autocast
from training.run import Run
from training.style.paintings import PAINTINGS
from zoo.core.loading import NormalizedModel, load
from zoo.exhibits.style.feature_extractor import PERCEPTIONS, Losses, Target, activations, losses, target_of
from zoo.exhibits.style.fine_tuning import NETWORK, PAINTING
from zoo.exhibits.style.knobs import StyleKnobs
from zoo.exhibits.style.pictures import to_pixels
from zoo.nets.stylenet import DEPTH, StyleNet, is_style, joined

# What a step of optimisation descends, so that both ways of painting can be compared.
KNOBS = StyleKnobs(style=12.0, fine=0.5, coarse=0.4, smoothness=10.0, network=NETWORK)
STYLE_RATE = 0.5  # times the filters' rate, for scales and shifts, which go by AdamW's rule


def eyes() -> NormalizedModel:
    module = load(NETWORK)
    assert isinstance(module, NormalizedModel)
    return module.eval().requires_grad_(False)


def styles(data: Path, module: NormalizedModel) -> list[dict[str, Tensor]]:
    """The Gram matrices of each painting."""
    found = []
    for painting in PAINTINGS:
        with Image.open(data / "images" / "paintings" / f"{painting.file}.jpg") as picture:
            pixels = to_pixels(picture, PAINTING)
        found.append(dict(target_of(module, PERCEPTIONS[NETWORK], pixels, [(pixels, 1.0)]).grams))
    return found


def crop(photograph: Image.Image, side: int, generator: torch.Generator) -> Tensor:
    """(1, 3, side, side): a random part at a random scale, mirrored half of the time."""
    low = side / min(photograph.size)
    scale = low + (max(1.0, low) - low) * float(torch.rand((), generator=generator))
    width, height = (max(side, round(length * scale)) for length in photograph.size)
    left, top = (int(torch.randint(0, length - side + 1, (), generator=generator)) for length in (width, height))
    box = tuple(value / scale for value in (left, top, left + side, top + side))
    part = photograph.resize((side, side), Image.Resampling.BILINEAR, box=_within(box, photograph.size))
    pixels = torch.from_numpy(np.array(part, np.float32)).permute(2, 0, 1)[None] / 255
    return pixels.flip(3) if float(torch.rand((), generator=generator)) < 0.5 else pixels


def _within(box: tuple[float, ...], size: tuple[int, int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return left, top, min(right, size[0]), min(bottom, size[1])


def bundled() -> StyleNet:
    """The styles that the zoo has now, in one network."""
    networks = [load(painting.name) for painting in PAINTINGS]
    return grown(joined([network for network in networks if isinstance(network, StyleNet)]).float())


def grown(network: StyleNet, depth: int = DEPTH) -> StyleNet:
    """The same painter with more blocks inside, which change nothing yet."""
    larger = StyleNet(network.styles, network.width, depth)
    larger.load_state_dict(network.state_dict(), strict=False)
    for block in larger.inside[network.depth :]:
        block.get_parameter("second.norm.scales").data.zero_()
    return larger


def loss_of(
    network: nn.Module, module: NormalizedModel, known: list[dict[str, Tensor]], pixels: Tensor, style: int
) -> Losses:
    """What is descended for one photograph and one style."""
    mix = torch.zeros(1, len(known))
    mix[0, style] = 1
    perception, layout = PERCEPTIONS[NETWORK], torch.channels_last
    with autocast():
        with torch.no_grad():
            content = activations(module, perception, pixels.contiguous(memory_format=layout))[perception.content]
        painted = network(pixels.contiguous(memory_format=layout), mix).float()
        return losses(module, perception, painted, Target(known[style], content.float()), KNOBS)


def train(
    data: options.Data,
    again: Annotated[bool, typer.Option(help="Go on from the styles that are bundled.")] = False,
    epochs: Annotated[int, typer.Option(help="Passes over the photographs, the first five sixths on less.")] = 110,
    rate: Annotated[float, typer.Option(help="Peak learning rate of the filters.")] = 0.02,
    batch: Annotated[int, typer.Option(help="Photographs in a batch, each in a style that chance chooses.")] = 6,
    side: Annotated[int, typer.Option(help="Side of a crop, in pixels.")] = 256,
    seed: options.Seed = 0,
) -> None:
    """Writes .checkpoints/style.pt."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    module, (learnt, _) = eyes(), photographs(data)
    known = styles(data, module)
    network = bundled() if again else StyleNet(len(known))
    own = [parameter for name, parameter in network.named_parameters() if is_style(name)]
    shared = [parameter for name, parameter in network.named_parameters() if not is_style(name)]
    # A normalisation stands behind every filter, to which its length means nothing.
    groups: ParameterGroups = [{"params": shared, "unit_norm": True}, {"params": own, "lr": STYLE_RATE * rate, "adamw": True}]
    optimizer = Muon(groups, lr=rate, momentum=0.9)
    generator = torch.Generator().manual_seed(seed)
    sides = [side * 3 // 4] * (epochs * 5 // 6)
    sides += [side] * (epochs - len(sides))
    run = Run("style", network, optimizer, generator, len(learnt), batch, sides)
    print(json.dumps({"photographs": len(learnt), "numbers": sum(p.numel() for p in network.parameters())}), flush=True)
    errors: deque[tuple[float, float]] = deque(maxlen=50 * batch)

    def lesson(size: int, network: nn.Module, chosen: Tensor, generator: torch.Generator) -> Tensor:
        found = []
        for place in chosen.tolist():
            style = int(torch.randint(len(known), (), generator=generator))
            found.append(loss_of(network, module, known, crop(learnt[place][1], size, generator), style))
            errors.append((float(found[-1].content.detach()), float(found[-1].style.detach())))
        return torch.stack([each.total for each in found]).mean()

    shares = DataParallel(network, generator)
    for step, size, chosen in run.steps():
        shares.backward(chosen, partial(lesson, size))
        run.step()
        if step % 50 == 0:
            content, style = np.mean(errors, 0)
            run.log(step, size=size, content=content, style=style)
