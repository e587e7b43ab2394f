"""Train the feed-forward painter on photographs, against what ``mobilenet-v2`` sees of paintings."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor, nn

from training import options
from training.pictures import photographs
from training.run import Run, begin_from
from training.style.paintings import PAINTINGS
from zoo.core.models import Normalised, load
from zoo.knobs.style import StyleKnobs
from zoo.nets.stylenet import StyleNet, is_style
from zoo.style.learn import NETWORK, PAINTING
from zoo.style.perception import PERCEPTIONS, Target, activations, losses, target_of
from zoo.style.pictures import to_pixels

# What a step of optimisation descends, so that both ways of painting can be compared.
KNOBS = StyleKnobs(style=25.0, coarse=0.4, smoothness=5.0)
STYLE_RATE = 5  # times the filters' rate, for scales and shifts


def eyes() -> Normalised:
    module = load(NETWORK)
    assert isinstance(module, Normalised)
    return module.eval().requires_grad_(False)


def styles(data: Path, module: Normalised) -> list[dict[str, Tensor]]:
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


def loss_of(
    network: nn.Module, module: Normalised, known: list[dict[str, Tensor]], pixels: Tensor, style: int
) -> tuple[Tensor, float, float]:
    """What is descended for one photograph and one style, and the errors of content and style."""
    mix = torch.zeros(1, len(known))
    mix[0, style] = 1
    perception = PERCEPTIONS[NETWORK]
    with torch.no_grad():
        content = activations(module, perception, pixels)[perception.content]
    found = losses(module, perception, network(pixels, mix), Target(known[style], content), KNOBS)
    return found.total, float(found.content.detach()), float(found.style.detach())


def train(
    data: options.Data,
    epochs: Annotated[int, typer.Option(help="Passes over the photographs, the first five sixths on less.")] = 60,
    rate: Annotated[float, typer.Option(help="Peak learning rate of the filters.")] = 3e-3,
    batch: Annotated[int, typer.Option(help="Photographs in a batch, each in a style of its own.")] = 2,
    side: Annotated[int, typer.Option(help="Side of a crop, in pixels.")] = 256,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Writes .checkpoints/style.pt."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    module, (learnt, _) = eyes(), photographs(data)
    known = styles(data, module)
    network = StyleNet(len(known))
    begin_from(network, start)
    own = [parameter for name, parameter in network.named_parameters() if is_style(name)]
    shared = [parameter for name, parameter in network.named_parameters() if not is_style(name)]
    optimizer = torch.optim.Adam([{"params": shared, "lr": rate}, {"params": own, "lr": STYLE_RATE * rate}])
    generator = torch.Generator().manual_seed(seed)
    name = "style" + ("-second" if start else "")
    sides = [side * 3 // 4] * (epochs * 5 // 6)
    sides += [side] * (epochs - len(sides))
    run = Run(name, network, optimizer, generator, len(learnt), batch, sides)
    print(json.dumps({"photographs": len(learnt), "numbers": sum(p.numel() for p in network.parameters())}), flush=True)
    for step, size, chosen in run.steps():
        found = [
            loss_of(network, module, known, crop(learnt[place][1], size, generator), (step * batch + turn) % len(known))
            for turn, place in enumerate(chosen.tolist())
        ]
        run.descend(torch.stack([total for total, _, _ in found]).mean())
        if step % 50 == 0:
            contents, errors = [each[1] for each in found], [each[2] for each in found]
            run.log(step, content=float(np.mean(contents)), style=float(np.mean(errors)))
