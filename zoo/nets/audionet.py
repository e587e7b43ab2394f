"""AudioNet: one-dimensional convolutions on the waveform itself (Dai et al. 2016, arXiv:1610.00087).

It departs from the paper twice, because the training set is small. The first layer is a learnable filterbank: pairs of
filters whose energy is taken on a logarithmic scale, initialised as Gabor filters spaced on the mel scale (Zeghidour
et al. 2017, arXiv:1711.01161). The features are pooled by their mean and their maximum over time.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

from zoo.nets.logmel import mel_frequencies
from zoo.nets.specaugment import SpecAugmentMask, mask_waveform

MIN_ENERGY = 1e-5  # less counts as none: a window of a clip at full scale has about 0.1
MIN_PEAK = 1e-4  # of a clip that is scaled to full scale


class GaborFilterbank(nn.Module):
    """(B, 1, N) samples -> (B, n_filters, T) logarithm of the energy in each band, about 0 to 9."""

    def __init__(self, *, sample_rate: int, n_filters: int, win_length: int, hop_length: int) -> None:
        super().__init__()
        # One convolution holds both filters of all pairs: first the real parts, then the imaginary ones.
        self.pairs = nn.Conv1d(1, 2 * n_filters, win_length, hop_length, padding=win_length // 2, bias=False)
        if not self.pairs.weight.is_meta:
            with torch.no_grad():
                self.pairs.weight.copy_(gabor_filters(sample_rate, n_filters, win_length))

    def forward(self, samples: Tensor) -> Tensor:
        real, imaginary = self.pairs(samples).chunk(2, 1)  # (B, n_filters, T) both
        energy: Tensor = real.square() + imaginary.square()
        return (1 + energy / MIN_ENERGY).log()


def gabor_filters(sample_rate: int, n_filters: int, win_length: int) -> Tensor:
    """(2 * n_filters, 1, win_length): a cosine and a sine at each mel band's centre under a Gaussian of its width."""
    corners = mel_frequencies(sample_rate, n_filters)
    time = (torch.arange(win_length, dtype=torch.float64) - win_length // 2) / sample_rate  # (win_length,) seconds
    centres, widths = corners[1:-1, None], (corners[2:] - corners[:-2])[:, None]  # (n_filters, 1) Hz
    envelope = torch.exp(-0.5 * (time * widths * math.pi / 2).square())
    envelope = envelope * torch.hann_window(win_length, dtype=torch.float64)
    envelope = envelope / envelope.sum(1, keepdim=True)
    phase = 2 * math.pi * centres * time  # (n_filters, win_length)
    return torch.cat([envelope * phase.cos(), envelope * phase.sin()]).float()[:, None]


def conv_block(in_channels: int, out_channels: int) -> nn.Sequential:
    conv = nn.Conv1d(in_channels, out_channels, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm1d(out_channels), nn.ReLU(inplace=True))


class AudioNet(nn.Module):
    """Logits of ``num_classes`` for sounds of any length from a tenth of a second.

    ``win_length``, ``hop_length`` of the filterbank in samples. ``channels``: of each convolution, one inner list a
    stage; max pooling halves the time between two stages.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        num_classes: int,
        n_filters: int,
        win_length: int,
        hop_length: int,
        channels: list[list[int]],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.filters = GaborFilterbank(
            sample_rate=sample_rate, n_filters=n_filters, win_length=win_length, hop_length=hop_length
        )
        self.norm = nn.BatchNorm1d(n_filters)
        layers: list[nn.Module] = []
        width = n_filters
        for stage in channels:
            for out_channels in stage:
                layers.append(conv_block(width, out_channels))
                width = out_channels
            layers.append(nn.MaxPool1d(2))
        self.blocks = nn.Sequential(*layers[:-1])
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, num_classes))

    def forward(self, samples: Tensor, mask: SpecAugmentMask | None = None) -> Tensor:
        """``samples``: (B, N) in about [-1, 1] -> logits (B, num_classes). ``mask`` silences parts of the waveform."""
        waveform = mask_waveform(samples, mask) if mask else samples
        waveform = waveform / waveform.abs().amax(1, keepdim=True).clamp(min=MIN_PEAK)
        features = self.blocks(self.norm(self.filters(waveform[:, None])))  # (B, C, T)
        pooled = torch.cat([features.mean(2), features.amax(2)], 1)  # (B, 2 * C)
        return cast(Tensor, self.classifier(pooled))
