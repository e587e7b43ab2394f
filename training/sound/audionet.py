"""Train AudioNet from scratch on waveforms, in a second cycle with the spectrogram network as its teacher.

Clips are mixed with one another by between-class learning (Tokozume et al. 2017, arXiv:1711.10282). The distillation is
that of Hinton et al. (2015, arXiv:1503.02531), on the same mixed clips.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.augment import one_hot_smoothed
from training.run import load_weights
from training.sound import spectrogram
from training.sound.clips import RATE
from training.sound.config import AudioNetConfig
from training.sound.folds import checkpoint_of, fit, prepare, run_name
from zoo.nets.audionet import AudioNet

ARCHITECTURE = {
    "sample_rate": RATE,
    "n_filters": 96,
    "win_length": 400,
    "hop_length": 160,
    "channels": [[128], [192, 192], [256, 256], [256]],
}
MAX_LOG_SPEED = 0.18  # natural logarithm of the greatest change of speed, and so of pitch
MAX_DROPPED = 0.15  # fraction of a clip that one time mask covers
TEACHER_WEIGHT = 0.5  # of the teacher's probabilities in the target


def initial_network(num_classes: int) -> AudioNet:
    return AudioNet(**ARCHITECTURE, num_classes=num_classes, dropout=0.3)  # type: ignore[arg-type]


@torch.inference_mode()
def predict(network: nn.Module, samples: Tensor) -> Tensor:
    """(N, samples) of any type -> (N, num_classes) logits."""
    network.eval()
    logits = [network(part.float()) for part in samples.split(50)]
    network.train()
    return torch.cat(logits)


def augment_waveform(samples: Tensor, generator: torch.Generator) -> Tensor:
    """(B, N): each clip at another speed, rolled in time, with two time masks, at full scale."""
    count, length = samples.shape
    speed = ((torch.rand(count, 1, generator=generator) * 2 - 1) * MAX_LOG_SPEED).exp()
    position = (torch.arange(length) * speed + torch.rand(count, 1, generator=generator) * length) % length
    before = position.long().clamp(max=length - 1)
    resampled = samples.gather(1, before).lerp(samples.gather(1, (before + 1) % length), position - before)
    time = torch.arange(length)
    for _ in range(2):
        width = torch.rand(count, 1, generator=generator) * MAX_DROPPED * length
        start = torch.rand(count, 1, generator=generator) * (length - width)
        resampled = resampled.masked_fill((time >= start) & (time < start + width), 0)
    return resampled / resampled.abs().amax(1, keepdim=True).clamp(min=1e-4)


def mix_between_classes(
    samples: Tensor, targets: Tensor, probability: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mix a clip with another of the batch, with this probability and in any proportion; its target likewise."""
    count = len(samples)
    weight = torch.rand(count, 1, generator=generator)
    weight = torch.maximum(weight, 1 - weight)
    weight = torch.where(torch.rand(count, 1, generator=generator) < probability, weight, 1.0)
    order = torch.randperm(count, generator=generator)
    return samples[order].lerp(samples, weight), targets[order].lerp(targets, weight)


def load_teacher(data: Path, num_classes: int, config: AudioNetConfig) -> nn.Module | None:
    """The spectrogram network that was trained without the same fold; None without a teacher."""
    if not config.teacher:
        return None
    network = spectrogram.initial_network(data, num_classes).eval()
    load_weights(network, checkpoint_of(config.teacher, config.hold_out))
    return network


def train(data: Path, name: str, config: AudioNetConfig) -> None:
    """Write .checkpoints/NAME.pt, or NAME-fold-FOLD.pt where a fold is held out."""
    split = prepare(data, config)
    clips, generator = split.clips, split.generator
    network = initial_network(len(clips.names))
    load_weights(network, checkpoint_of(config.init_from, config.hold_out))
    teacher = load_teacher(data, len(clips.names), config)
    rate = config.learning_rate or 1e-3
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=config.weight_decay)

    def batch_loss(indices: Tensor) -> Tensor:
        targets = one_hot_smoothed(clips.labels[indices], len(clips.names), config.label_smoothing)
        samples = augment_waveform(clips.samples[indices].float(), generator)
        samples, targets = mix_between_classes(samples, targets, config.mix_probability, generator)
        if teacher:
            with torch.no_grad():
                targets = targets.lerp(teacher(samples).softmax(1), TEACHER_WEIGHT)
        return F.cross_entropy(network(samples), targets)

    run = run_name(name, config.hold_out)
    fit(run, split, network, optimizer, batch_loss, lambda indices: predict(network, clips.samples[indices]), config)
