"""Teach the given ImageNet MobileNetV2 to read spectrograms (Palanisamy et al. 2020, arXiv:2007.11154)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.augment import mixup_sounds, one_hot_smoothed, spec_augment
from training.classify.networks import given_network
from training.run import load_weights
from training.schedule import discriminative_groups
from training.sound.clips import FFT, HOP, MELS, RATE, spectrograms
from training.sound.folds import Batch, Epochs, HoldOut, begin, learn
from zoo.nets.logmel import below_peak
from zoo.nets.spectrogram import SpectrogramNet

SPAN = 80.0  # dB


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


def spectrogram(
    data: options.Data,
    hold_out: HoldOut = 0,
    epochs: Epochs = 24,
    rate: options.Rate = 1e-3,
    decay: options.Decay = 0.95,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.3,
    batch: Batch = 16,
    seed: options.Seed = 0,
    start: options.Start = None,
) -> None:
    """Train on all folds but one; writes .checkpoints/sound-spectrogram-FOLD.pt, with a start ...-FOLD-second.pt."""
    task = begin(data, hold_out, seed)
    clips, generator = task.clips, task.generator
    cached = spectrograms(clips)
    network = new_network(data, len(clips.names))
    load_weights(network, start)
    layers: list[nn.Module] = [*network.network.features, network.network.classifier]
    optimizer = torch.optim.AdamW(discriminative_groups(layers, rate or 1e-3, decay), weight_decay=0.02)

    def loss_of(chosen: Tensor) -> Tensor:
        decibels = shifted(cached[chosen].float(), generator)
        targets = one_hot_smoothed(clips.labels[chosen], len(clips.names), smoothing)
        decibels, targets = mixup_sounds(decibels, targets, mixup_alpha, generator)
        seen = spec_augment(below_peak(decibels, SPAN), 24, 48, -SPAN, generator)
        return F.cross_entropy(network.look(seen[:, None]), targets)

    def logits_of(places: Tensor) -> Tensor:
        return logits(network, cached[places])

    name = f"sound-spectrogram-{hold_out}" + ("-second" if start else "")
    learn(name, task, network, optimizer, loss_of, logits_of, epochs, batch, find=not rate)


def shifted(decibels: Tensor, generator: torch.Generator) -> Tensor:
    """Each (mels, frames) of a batch moved in time, what leaves at one end entering at the other."""
    count, mels, frames = decibels.shape
    shift = torch.randint(frames, (count, 1), generator=generator)
    place = (torch.arange(frames) + shift) % frames
    return decibels.gather(2, place[:, None].expand(count, mels, frames))
