"""Teach the given ImageNet MobileNetV2 to read spectrograms (Palanisamy et al. 2020, arXiv:2007.11154)."""

from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.augment import mixup_sounds, smooth, spec_augment
from training.classify.mobilenet import given_network
from training.run import Run
from training.schedule import discriminative_groups, find_rate
from training.sound.clips import FFT, FOLDS, HOP, MELS, RATE, Clips, esc50, spectrograms
from zoo.nets.logmel import below_peak
from zoo.nets.spectrogram import SpectrogramNet

SPAN = 80.0  # dB
HoldOut = Annotated[int, typer.Option(help="The fold, 1 to 4, that is not trained on but measured; 0: none.")]
Epochs = Annotated[int, typer.Option(help="How often each clip is heard.")]


def new_network(data: options.Data, classes: int) -> SpectrogramNet:
    """The ImageNet network with a new last layer, in a listener's clothes."""
    network = SpectrogramNet(RATE, classes, FFT, HOP, MELS, [FFT], SPAN, dropout=0.3)
    state = {name: tensor for name, tensor in given_network(data).state_dict().items() if "classifier" not in name}
    network.network.load_state_dict(state, strict=False)
    return network.to(memory_format=torch.channels_last)


@torch.inference_mode()
def logits(network: SpectrogramNet, cached: Tensor) -> Tensor:
    """(N, classes) for (N, mels, frames) cached decibels."""
    network.eval()
    parts = [network.look(below_peak(part.float(), SPAN)[:, None]) for part in cached.split(50)]
    network.train()
    return torch.cat(parts)


def accuracy(scores: Tensor, clips: Clips, places: Tensor) -> float:
    return (scores.argmax(1) == clips.labels[places]).float().mean().item()


def spectrogram(
    data: options.Data,
    hold_out: HoldOut = 0,
    epochs: Epochs = 16,
    rate: options.Rate = 1e-3,
    decay: options.Decay = 0.95,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.3,
    batch: Annotated[int, typer.Option(help="Clips in a batch.")] = 32,
    seed: options.Seed = 0,
) -> None:
    """Train on all folds but one; writes .checkpoints/sound-spectrogram-FOLD.pt."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    clips = esc50(data)
    cached = spectrograms(clips)
    train, held = clips.places([fold for fold in FOLDS if fold != hold_out]), clips.places([hold_out])
    network = new_network(data, len(clips.names))
    layers: list[nn.Module] = [*network.network.features, network.network.classifier]
    optimizer = torch.optim.AdamW(discriminative_groups(layers, rate or 1e-3, decay), weight_decay=0.02)

    def loss_of(chosen: Tensor) -> Tensor:
        decibels = shifted(cached[chosen].float(), generator)
        targets = smooth(clips.labels[chosen], len(clips.names), smoothing)
        decibels, targets = mixup_sounds(decibels, targets, mixup_alpha, generator)
        seen = spec_augment(below_peak(decibels, SPAN), 24, 48, -SPAN, generator)
        return F.cross_entropy(network.look(seen[:, None]), targets)

    network.train()
    if not rate:
        batches = iter(train[torch.randperm(len(train), generator=generator)].split(batch))
        for value, loss in find_rate(optimizer, lambda: loss_of(next(batches)), 1e-5, 3e-2, len(train) // batch):
            print(f"{value:.2e} {loss:.4f}", flush=True)
        return

    run = Run(f"sound-spectrogram-{hold_out}", network, optimizer, generator, len(train), batch, [0] * epochs)
    for step, _, chosen in run.steps():
        loss = loss_of(train[chosen])
        run.descend(loss)
        if step % 20 == 0:
            run.log(step, loss=loss.item())
        if len(held) and (step % (4 * run.per_epoch) == 0 or step == run.total):
            run.log(step, held_out=accuracy(logits(network, cached[held]), clips, held))


def shifted(decibels: Tensor, generator: torch.Generator) -> Tensor:
    """Each (mels, frames) of a batch moved in time, what leaves at one end entering at the other."""
    count, mels, frames = decibels.shape
    shift = torch.randint(frames, (count, 1), generator=generator)
    place = (torch.arange(frames) + shift) % frames
    return decibels.gather(2, place[:, None].expand(count, mels, frames))
