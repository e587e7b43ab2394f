"""AudioNet from nothing: waveforms slowed, shifted, silenced in places and mixed with one another.

Mixing two classes in a known proportion is between-class learning (Tokozume et al. 2017, arXiv:1711.10282).
"""

from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.augment import one_hot_smoothed
from training.run import load_weights
from training.sound import spectrogram
from training.sound.clips import RATE
from training.sound.folds import Batch, Epochs, HoldOut, begin, learn
from zoo.nets.audionet import AudioNet

ARCHITECTURE = {
    "bands": 96,
    "window": 400,
    "hop": 160,
    "widths": [[128], [192, 192], [256, 256], [256]],
}
FASTER = 0.18  # natural logarithm of the greatest change of speed, and so of pitch


def new_network(classes: int) -> AudioNet:
    return AudioNet(RATE, classes, **ARCHITECTURE, dropout=0.3)  # type: ignore[arg-type]


@torch.inference_mode()
def logits(network: nn.Module, samples: Tensor) -> Tensor:
    """(N, classes) for (N, samples) of any type."""
    network.eval()
    parts = [network(part.float()) for part in samples.split(50)]
    network.train()
    return torch.cat(parts)


def varied(samples: Tensor, generator: torch.Generator) -> Tensor:
    """Each (N,) of a batch at another speed, from another moment on, with two holes, at full scale."""
    count, length = samples.shape
    speed = ((torch.rand(count, 1, generator=generator) * 2 - 1) * FASTER).exp()
    place = (torch.arange(length) * speed + torch.rand(count, 1, generator=generator) * length) % length
    before = place.long().clamp(max=length - 1)
    heard = samples.gather(1, before).lerp(samples.gather(1, (before + 1) % length), place - before)
    time = torch.arange(length)
    for _ in range(2):
        hole = torch.rand(count, 1, generator=generator) * 0.15 * length
        start = torch.rand(count, 1, generator=generator) * (length - hole)
        heard = heard.masked_fill((time >= start) & (time < start + hole), 0)
    return heard / heard.abs().amax(1, keepdim=True).clamp(min=1e-4)


def between(samples: Tensor, targets: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A ``share`` of the batch mixed with another of it, in any proportion; targets in the same."""
    count = len(samples)
    weight = torch.rand(count, 1, generator=generator)
    weight = torch.maximum(weight, 1 - weight)
    weight = torch.where(torch.rand(count, 1, generator=generator) < share, weight, 1.0)
    order = torch.randperm(count, generator=generator)
    return samples[order].lerp(samples, weight), targets[order].lerp(targets, weight)


def audionet(
    data: options.Data,
    hold_out: HoldOut = 0,
    epochs: Epochs = 50,
    rate: options.Rate = 2e-3,
    smoothing: options.Smoothing = 0.1,
    mixed: Annotated[float, typer.Option(help="Share of the clips that are mixed with another.")] = 0.7,
    batch: Batch = 16,
    seed: options.Seed = 0,
    start: options.Start = None,
    teacher: Annotated[
        Path | None, typer.Option(help="A spectrogram network that has not heard the fold either.")
    ] = None,
) -> None:
    """Train on all folds but one; writes .checkpoints/sound-audionet-FOLD.pt, with a start ...-FOLD-second.pt.

    With a teacher, half of what is to be learnt is what it hears in the same mixed sounds (arXiv:1503.02531).
    """
    task = begin(data, hold_out, seed)
    clips, generator = task.clips, task.generator
    network = new_network(len(clips.names))
    load_weights(network, start)
    guide = spectrogram.new_network(data, len(clips.names)).eval() if teacher else None
    if guide:
        load_weights(guide, teacher)
    optimizer = torch.optim.AdamW(network.parameters(), rate or 1e-3, weight_decay=0.05)

    def loss_of(chosen: Tensor) -> Tensor:
        targets = one_hot_smoothed(clips.labels[chosen], len(clips.names), smoothing)
        samples = varied(clips.samples[chosen].float(), generator)
        samples, targets = between(samples, targets, mixed, generator)
        if guide:
            with torch.no_grad():
                targets = (targets + guide(samples).softmax(1)) / 2
        return F.cross_entropy(network(samples), targets)

    def logits_of(places: Tensor) -> Tensor:
        return logits(network, clips.samples[places])

    name = f"sound-audionet-{hold_out}" + ("-second" if start else "")
    learn(name, task, network, optimizer, loss_of, logits_of, epochs, batch, find=not rate)
