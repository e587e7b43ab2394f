"""Fine-tune the given ImageNet MobileNetV2 on spectrograms (Palanisamy et al. 2020, arXiv:2007.11154).

The log-mel spectrograms are computed once. They are rolled in time, mixed with one another as powers and masked by
SpecAugment (Park et al. 2019, arXiv:1904.08779).
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.augment import mixup_sounds, one_hot_smoothed, spec_augment
from training.classify.networks import given_network
from training.run import load_weights
from training.schedule import discriminative_groups
from training.sound.clips import HOP_LENGTH, N_FFT, N_MELS, RATE, log_mel_spectrograms
from training.sound.config import SpectrogramConfig
from training.sound.folds import checkpoint_of, fit, prepare, run_name
from zoo.nets.logmel import relative_to_peak
from zoo.nets.spectrogram import SpectrogramNet

TOP_DB = 80.0
ARCHITECTURE = {
    "sample_rate": RATE,
    "n_fft": N_FFT,
    "hop_length": HOP_LENGTH,
    "n_mels": N_MELS,
    "win_lengths": [N_FFT],
    "top_db": TOP_DB,
}


def initial_network(data: Path, num_classes: int) -> SpectrogramNet:
    """The ImageNet weights with a new last layer."""
    network = SpectrogramNet(**ARCHITECTURE, num_classes=num_classes, dropout=0.3)  # type: ignore[arg-type]
    state = {name: tensor for name, tensor in given_network(data).state_dict().items() if "classifier" not in name}
    network.network.load_state_dict(state, strict=False)
    return network.to(memory_format=torch.channels_last)


@torch.inference_mode()
def predict(network: SpectrogramNet, decibels: Tensor) -> Tensor:
    """(N, n_mels, T) cached decibels -> (N, num_classes) logits."""
    network.eval()
    logits = [network.classify(relative_to_peak(part.float(), TOP_DB)[:, None]) for part in decibels.split(50)]
    network.train()
    return torch.cat(logits)


def train(data: Path, name: str, config: SpectrogramConfig) -> None:
    """Write .checkpoints/NAME.pt, or NAME-fold-FOLD.pt where a fold is held out."""
    split = prepare(data, config)
    clips, generator = split.clips, split.generator
    spectrograms = log_mel_spectrograms(clips)
    network = initial_network(data, len(clips.names))
    load_weights(network, checkpoint_of(config.init_from, config.hold_out))
    layers: list[nn.Module] = [*network.network.features, network.network.classifier]
    groups = discriminative_groups(layers, config.learning_rate or 1e-3, config.layer_decay)
    optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay)

    def batch_loss(indices: Tensor) -> Tensor:
        decibels = random_roll(spectrograms[indices].float(), generator)
        targets = one_hot_smoothed(clips.labels[indices], len(clips.names), config.label_smoothing)
        decibels, targets = mixup_sounds(decibels, targets, config.mixup_alpha, generator)
        relative = relative_to_peak(decibels, TOP_DB)
        masked = spec_augment(relative, config.max_masked_bands, config.max_masked_frames, -TOP_DB, generator)
        return F.cross_entropy(network.classify(masked[:, None]), targets)

    run = run_name(name, config.hold_out)
    fit(run, split, network, optimizer, batch_loss, lambda indices: predict(network, spectrograms[indices]), config)


def random_roll(decibels: Tensor, generator: torch.Generator) -> Tensor:
    """Roll each (n_mels, T) of a batch in time: what leaves at one end enters at the other."""
    count, n_mels, frames = decibels.shape
    shift = torch.randint(frames, (count, 1), generator=generator)
    source = (torch.arange(frames) + shift) % frames
    return decibels.gather(2, source[:, None].expand(count, n_mels, frames))
