"""Train the network that looks at pictures: ResNet-18's early stages, made steady against changes nobody sees.

Optimisation finds changes of the pixels that mean much to a network and nothing to an eye; a painter that is to do as
well in one go cannot. So it is shown a picture that such a change was made to, and is to see what ResNet-18 saw before
(Schlarmann et al. 2024, arXiv:2402.12336). Robust networks are the better judges of style, too (Nakano 2019,
doi:10.23915/distill.00019.4).
"""

import copy
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Annotated

import numpy as np
import torch
import typer
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training import options
from training.data_parallel import DataParallel
from training.pictures import Photograph, photographs, tiny_imagenet
from training.precision import autocast
from training.publish import save_model, to_half, to_metric, write_card
from training.run import CHECKPOINTS, Run, load_weights
from training.style.recipe import crop
from zoo.core.cards import WEIGHTS_FILE, bundled_cards, find_card
from zoo.core.loading import NormalizedModel, load
from zoo.exhibits.style.pictures import to_pixels
from zoo.nets.perceptual import Block, PerceptualResNet
from zoo.nets.resnet import BasicBlock, ResNet18

NAME, TEACHER = "perceptual-resnet", "resnet-18"
WEIGHTS = {0: 0.25, 2: 0.25, 3: 0.25, 4: 0.25, 5: 0.5, 6: 1.0}  # of the maps, by their place among the features
TINY = 1e-6
MEASURED = 0.01  # root mean square of the change that it is measured with


def teacher() -> tuple[PerceptualResNet, NormalizedModel]:
    """ResNet-18's early stages with the blurs, and what it came from."""
    module = load(TEACHER).eval()
    assert isinstance(module, NormalizedModel)
    assert isinstance(module.network, ResNet18)
    return folded(module.network.float()).requires_grad_(False), module


@torch.no_grad()
def folded(network: ResNet18) -> PerceptualResNet:
    """The same filters, with the normalisations in them."""
    perceptual = PerceptualResNet()
    stem, _, *blocks = perceptual.features
    put(stem.conv, network.conv1, network.bn1)  # type: ignore[arg-type]
    for block, theirs in zip(blocks, [*network.layer1, *network.layer2, network.layer3[0]], strict=True):
        assert isinstance(block, Block)
        assert isinstance(theirs, BasicBlock)
        put(block.conv1, theirs.conv1, theirs.bn1)
        put(block.conv2, theirs.conv2, theirs.bn2)
        if block.shortcut is not None:
            put(block.shortcut, *theirs.downsample)  # type: ignore[misc]
    return perceptual


def put(target: nn.Conv2d, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    target.load_state_dict(fuse_conv_bn_eval(conv, norm).state_dict())


def seen(network: PerceptualResNet, module: NormalizedModel, pixels: Tensor) -> list[Tensor]:
    """The map after each of the features, for (B, 3, H, W) in [0, 1]."""
    maps = [(pixels - module.mean) / module.std]
    for stage in network.features:
        maps.append(stage(maps[-1]))
    return maps[1:]


def away(maps: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """(B,) weighted relative squared errors."""
    errors = [weight * relative(maps[place], wanted[place]) for place, weight in WEIGHTS.items()]
    return torch.stack(errors).sum(0)


def relative(found: Tensor, wanted: Tensor) -> Tensor:
    dimensions = (1, 2, 3)
    error = (found.float() - wanted.float()).square().mean(dimensions)
    return error / (wanted.float().square().mean(dimensions) + TINY)


def of_length(change: Tensor, length: Tensor) -> Tensor:
    """(B, 3, H, W) with (B, 1, 1, 1) Euclidean norms."""
    return change * (length / (norms(change) + 1e-12))


def within(change: Tensor, length: Tensor) -> Tensor:
    """(B, 3, H, W) with Euclidean norms of at most (B, 1, 1, 1)."""
    return of_length(change, torch.minimum(length, norms(change)))


def norms(change: Tensor) -> Tensor:
    return change.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


def attacked(
    network: PerceptualResNet,
    module: NormalizedModel,
    pixels: Tensor,
    wanted: Sequence[Tensor],
    length: Tensor,
    noise: Tensor,
) -> Tensor:
    """Pixels changed by at most ``length`` so that ``network`` sees something else: one step from ``noise``."""
    change = of_length(noise, length / 2).contiguous(memory_format=torch.channels_last).requires_grad_(True)
    error = away(seen(network, module, pixels + change), wanted).sum()
    (gradient,) = torch.autograd.grad(error, change)
    with torch.no_grad():
        return (pixels + within(change + of_length(gradient, length), length)).clamp(0, 1)


def perceptual(
    data: options.Data,
    steps: Annotated[int, typer.Option(help="Batches, in all.")] = 2000,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 6e-4,
    change: Annotated[float, typer.Option(help="Root mean square of the mean change, pixels in [0, 1].")] = 0.02,
    batch: Annotated[int, typer.Option(help="Pictures in a batch, half of them of Tiny ImageNet, enlarged.")] = 32,
    side: Annotated[int, typer.Option(help="Side of a picture or a part of one, in pixels.")] = 128,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Writes .checkpoints/perceptual.pt."""
    torch.set_flush_denormal(True)
    known, module = teacher()
    known = known.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network = copy.deepcopy(known).requires_grad_(True)
    load_weights(network, start)
    (small, _), (large, _) = tiny_imagenet(data, options.CACHE), photographs(data)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate)
    generator = torch.Generator().manual_seed(seed)
    run = Run("perceptual", network, optimizer, generator, steps * batch, batch, [side])
    errors: deque[tuple[float, float]] = deque(maxlen=200)

    def lesson(network: nn.Module, chosen: Tensor, generator: torch.Generator) -> Tensor:
        assert isinstance(network, PerceptualResNet)
        shown = [picture(small.images, large, side, generator) for _ in chosen]
        pixels = torch.cat(shown).contiguous(memory_format=torch.channels_last)
        length = 2 * change * torch.rand((len(pixels), 1, 1, 1), generator=generator) * pixels[0].numel() ** 0.5
        noise = torch.randn(pixels.shape, generator=generator)
        with autocast():
            with torch.no_grad():
                wanted = seen(known, module, pixels)
            maps = seen(network, module, attacked(network, module, pixels, wanted, length, noise))
            loss = away(maps, wanted).mean()
        errors.append((float(loss.detach()), float(relative(maps[-1].detach(), wanted[-1]).mean())))
        return loss

    shares = DataParallel(network, generator)
    for step, _, chosen in run.steps():
        shares.backward(chosen, lesson)
        run.step()
        if step % 50 == 0:
            loss, last = np.mean(errors, 0)
            run.log(step, loss=loss, last=last)


def picture(small: Tensor, large: list[Photograph], side: int, generator: torch.Generator) -> Tensor:
    """(1, 3, side, side) in [0, 1]: one of Tiny ImageNet enlarged, or a part of a photograph; mirrored at random."""
    draw = partial(torch.randint, size=(), generator=generator)
    if int(draw(2)):
        return crop(large[int(draw(len(large)))][1], side, generator)
    pixels = F.interpolate(small[int(draw(len(small)))][None].float() / 255, size=(side, side), mode="bilinear")
    return pixels.flip(3) if int(draw(2)) else pixels


def pgd_error(network: PerceptualResNet, module: NormalizedModel, pixels: Tensor, change: float) -> float:
    """How far the last map moves, relatively, when ten steps of projected gradients look for the worst change.

    ``pixels``: (1, 3, H, W) in [0, 1]; ``change``: its root mean square (Madry et al. 2017, arXiv:1706.06083).
    """
    length = torch.full((1, 1, 1, 1), change * pixels[0].numel() ** 0.5)
    with torch.no_grad():
        wanted = seen(network, module, pixels)[-1]
    moved = of_length(torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0)), length / 2)
    for _ in range(10):
        moved.requires_grad_(True)
        error = relative(seen(network, module, pixels + moved)[-1], wanted).sum()
        (gradient,) = torch.autograd.grad(error, moved)
        moved = within(moved + of_length(gradient, 0.3 * length), length).detach()
    with torch.no_grad():
        return float(relative(seen(network, module, pixels + moved)[-1], wanted).sum())


def bundle_perceptual(data: options.Data) -> None:
    """Write assets/models/perceptual-resnet from .checkpoints/perceptual.pt, and measure how steady it is."""
    state = torch.load(CHECKPOINTS / "perceptual.pt", weights_only=True)["network"]
    card = find_card(TEACHER)
    mean_and_std = {name: card.config["preprocessing"][name] for name in ("mean", "std")}
    folder = save_model(
        NAME,
        {
            "exhibit": "perception",
            "title": "ResNet-18's early stages, made steady",
            "architecture": {"kind": NAME},
            "preprocessing": mean_and_std,
        },
        {name: to_half(tensor) for name, tensor in state.items()},
    )
    network, (before, module) = PerceptualResNet(), teacher()
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(folder / WEIGHTS_FILE).items()})
    network.requires_grad_(False)
    pixels = [to_pixels(photograph, 256) for _, photograph in photographs(data)[1]]
    after, former = (fmean(pgd_error(each, module, one, MEASURED) for one in pixels) for each in (network, before))
    print({"after": after, "before": former})
    on = f"{len(pixels)} photographs of ILSVRC held out, at 256 px"
    figure = to_metric(f"relative error under PGD-10, {MEASURED} rms", after, on)
    write_card(folder, Path(__file__).with_name("perceptual.md"), [figure], {"before": former})
    bundled_cards.cache_clear()
