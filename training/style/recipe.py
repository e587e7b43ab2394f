"""Train the feed-forward network on photographs, with the content and style losses of ``perceptual-resnet``.

Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155. Departures: several styles (Dumoulin et al. 2016, arXiv:1610.07629)
and the optimizer, Muon.
"""

import json
from collections import deque
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from pydantic import Field
from torch import Tensor, nn

from training.data_parallel import DataParallel
from training.muon import Muon, ParameterGroups
from training.pictures import photographs
from training.precision import autocast
from training.recipes import RecipeConfig
from training.run import Run
from training.style.paintings import PAINTINGS
from zoo.core.loading import NormalizedModel, load
from zoo.exhibits.style.feature_extractor import LAYERS, Losses, Target, activations, compute_losses
from zoo.exhibits.style.fine_tuning import NETWORK, PAINTING, compute_grams
from zoo.exhibits.style.knobs import StyleKnobs
from zoo.exhibits.style.pictures import image_to_tensor
from zoo.nets.stylenet import N_BLOCKS, StyleNet, concatenate_styles, is_style_parameter

STYLE_RATE = 0.5  # times the convolutions' rate, for scales and shifts, which AdamW updates
LOSS_FIELDS = {"content_weight", "style_weight", "tv_weight", "fine_weight", "middle_weight", "coarse_weight"}


class StyleNetConfig(RecipeConfig):
    """The fields after ``crop_size`` are the weights of the losses, as in ``StyleKnobs``."""

    from_bundled: bool = Field(default=False, description="Start from the bundled styles instead of random weights.")
    epochs: int = Field(default=110, ge=1, description="Epochs; the first five sixths on crops of three quarters.")
    learning_rate: float = Field(default=0.02, gt=0, description="Peak learning rate of the convolutions.")
    batch_size: int = Field(default=6, ge=1, description="Photographs in a batch, each in a random style.")
    crop_size: int = Field(default=256, ge=32, description="Side of a crop, in pixels.")
    content_weight: float = Field(default=1.0, ge=0, description="Weight of the content loss.")
    style_weight: float = Field(default=12.0, ge=0, description="Weight of the style loss.")
    tv_weight: float = Field(default=10.0, ge=0, description="Weight of the total variation.")
    fine_weight: float = Field(default=0.5, ge=0, description="Weight of the early layers in the style loss.")
    middle_weight: float = Field(default=1.0, ge=0, description="Weight of the middle layers in the style loss.")
    coarse_weight: float = Field(default=0.4, ge=0, description="Weight of the late layers in the style loss.")

    @property
    def loss(self) -> StyleKnobs:
        """The same losses for the optimisation that the network is compared with."""
        return StyleKnobs(network=NETWORK, **self.model_dump(include=LOSS_FIELDS))


def feature_extractor() -> NormalizedModel:
    module = load(NETWORK)
    assert isinstance(module, NormalizedModel)
    return module.eval().requires_grad_(False)


def painting_grams(data: Path, module: NormalizedModel) -> list[dict[str, Tensor]]:
    """The Gram matrices of each painting, by style layer."""
    grams = []
    for painting in PAINTINGS:
        with Image.open(data / "images" / "paintings" / f"{painting.file}.jpg") as picture:
            grams.append(dict(compute_grams(image_to_tensor(picture, PAINTING), module)))
    return grams


def random_crop(photograph: Image.Image, side: int, generator: torch.Generator) -> Tensor:
    """(1, 3, side, side) in [0, 1]: a random crop at a random scale, mirrored half of the time."""
    low = side / min(photograph.size)
    scale = low + (max(1.0, low) - low) * float(torch.rand((), generator=generator))
    width, height = (max(side, round(length * scale)) for length in photograph.size)
    left, top = (int(torch.randint(0, length - side + 1, (), generator=generator)) for length in (width, height))
    right, bottom = (min((start + side) / scale, end) for start, end in zip((left, top), photograph.size, strict=True))
    box = (left / scale, top / scale, right, bottom)
    crop = photograph.resize((side, side), Image.Resampling.BILINEAR, box=box)
    pixels = torch.from_numpy(np.array(crop, np.float32)).permute(2, 0, 1)[None] / 255
    return pixels.flip(3) if float(torch.rand((), generator=generator)) < 0.5 else pixels


def bundled_network() -> StyleNet:
    """The bundled styles in one network."""
    networks = [load(painting.name) for painting in PAINTINGS]
    styles = concatenate_styles([network for network in networks if isinstance(network, StyleNet)])
    return with_more_blocks(styles.float())


def with_more_blocks(network: StyleNet, n_blocks: int = N_BLOCKS) -> StyleNet:
    """The same network with ``n_blocks`` residual blocks; the new ones start as the identity."""
    deeper = StyleNet(n_styles=network.n_styles, channels=network.channels, n_blocks=n_blocks)
    deeper.load_state_dict(network.state_dict(), strict=False)
    for block in deeper.blocks[network.n_blocks :]:
        block.get_parameter("conv2.norm.weight").data.zero_()
    return deeper


def style_losses(
    network: nn.Module,
    module: NormalizedModel,
    grams: list[dict[str, Tensor]],
    pixels: Tensor,
    style: int,
    knobs: StyleKnobs,
) -> Losses:
    """The losses of the network's output for one photograph, (1, 3, H, W) in [0, 1], and one style."""
    weights = torch.zeros(1, len(grams))
    weights[0, style] = 1
    layers, pixels = LAYERS[NETWORK], pixels.contiguous(memory_format=torch.channels_last)
    with autocast():
        with torch.no_grad():
            content = activations(module, layers, pixels)[layers.content]
        output = network(pixels, weights).float()
        return compute_losses(module, layers, output, Target(grams[style], content.float()), knobs)


def build_optimizer(network: StyleNet, learning_rate: float) -> Muon:
    """Muon for the convolutions, AdamW for scales and shifts."""
    styles = [parameter for name, parameter in network.named_parameters() if is_style_parameter(name)]
    convolutions = [parameter for name, parameter in network.named_parameters() if not is_style_parameter(name)]
    groups: ParameterGroups = [
        {"params": convolutions, "unit_norm": True},  # each has a normalisation behind it
        {"params": styles, "lr": STYLE_RATE * learning_rate, "adamw": True},
    ]
    return Muon(groups, lr=learning_rate, momentum=0.9)


def train(data: Path, name: str, config: StyleNetConfig) -> None:
    """Write .checkpoints/NAME.pt, a network with a style for each painting."""
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    module, (samples, _) = feature_extractor(), photographs(data)
    grams, knobs = painting_grams(data, module), config.loss
    network = bundled_network() if config.from_bundled else StyleNet(n_styles=len(grams))
    optimizer = build_optimizer(network, config.learning_rate)
    generator = torch.Generator().manual_seed(config.seed)
    sizes = [config.crop_size * 3 // 4] * (config.epochs * 5 // 6)
    sizes += [config.crop_size] * (config.epochs - len(sizes))
    run = Run(name, network, optimizer, generator, len(samples), config.batch_size, sizes)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    print(json.dumps({"photographs": len(samples), "parameters": parameters}), flush=True)
    recent: deque[tuple[float, float]] = deque(maxlen=50 * config.batch_size)

    def loss_function(size: int, network: nn.Module, indices: Tensor, generator: torch.Generator) -> Tensor:
        totals = []
        for index in indices.tolist():
            style = int(torch.randint(len(grams), (), generator=generator))
            crop = random_crop(samples[index][1], size, generator)
            losses = style_losses(network, module, grams, crop, style, knobs)
            recent.append((float(losses.content.detach()), float(losses.style.detach())))
            totals.append(losses.total)
        return torch.stack(totals).mean()

    parallel = DataParallel(network, generator)
    for step, size, indices in run.steps():
        parallel.backward(indices, partial(loss_function, size))
        run.step()
        if step % 50 == 0:
            content, style = np.mean(recent, 0)
            run.log(step, size=size, content=content, style=style)
