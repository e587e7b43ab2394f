"""AudioNet: a network that hears the waveform itself, by one-dimensional convolutions alone (Dai et al. 2016,
arXiv:1610.00087).

Two departures, both for want of sounds to learn from: the first layer comes in pairs whose energy is taken, on a
logarithmic scale, and it begins as Gabor filters spaced on the mel scale (Zeghidour et al. 2017, arXiv:1711.01161),
which training then moves. After that follow blocks of convolution, normalisation and pooling as in the paper.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

from zoo.nets.logmel import mel_edges
from zoo.nets.specaugment import SpecAugmentMask, without

FLOOR = 1e-5  # energy beside which less counts as none: the window of a clip at full scale gives about 0.1


class LearntFilters(nn.Module):
    """(B, 1, N) samples -> (B, bands, frames) logarithm of the energy in each band, about 0 to 9."""

    def __init__(self, rate: int, bands: int, window: int, hop: int) -> None:
        super().__init__()
        self.hop, self.window = hop, window
        self.pairs = nn.Conv1d(1, 2 * bands, window, hop, padding=window // 2, bias=False)
        if not self.pairs.weight.is_meta:
            with torch.no_grad():
                self.pairs.weight.copy_(gabor_filters(rate, bands, window))

    def forward(self, samples: Tensor) -> Tensor:
        real, imaginary = self.pairs(samples).chunk(2, 1)
        energy: Tensor = real.square() + imaginary.square()
        return (1 + energy / FLOOR).log()


def gabor_filters(rate: int, bands: int, window: int) -> Tensor:
    """(2 * bands, 1, window): a cosine and a sine at the middle of each mel band, under a bell as wide as the band."""
    edges = mel_edges(rate, bands)
    time = (torch.arange(window, dtype=torch.float64) - window // 2) / rate  # seconds
    centres, widths = edges[1:-1, None], (edges[2:] - edges[:-2])[:, None]
    bell = torch.exp(-0.5 * (time * widths * math.pi / 2).square()) * torch.hann_window(window, dtype=torch.float64)
    bell = bell / bell.sum(1, keepdim=True)
    phase = 2 * math.pi * centres * time
    return torch.cat([bell * phase.cos(), bell * phase.sin()]).float()[:, None]


def block(inputs: int, outputs: int) -> nn.Sequential:
    conv = nn.Conv1d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm1d(outputs), nn.ReLU(inplace=True))


class AudioNet(nn.Module):
    """Logits of ``num_classes`` for sounds of any length from a tenth of a second.

    ``widths``: channels of each block; those of one inner list share a length, and pooling halves it after them.
    """

    def __init__(
        self,
        rate: int,
        num_classes: int,
        bands: int,
        window: int,
        hop: int,
        widths: list[list[int]],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.filters = LearntFilters(rate, bands, window, hop)
        self.norm = nn.BatchNorm1d(bands)
        layers: list[nn.Module] = []
        channels = bands
        for stage in widths:
            for width in stage:
                layers.append(block(channels, width))
                channels = width
            layers.append(nn.MaxPool1d(2))
        self.blocks = nn.Sequential(*layers[:-1])
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * channels, num_classes))

    def forward(self, samples: Tensor, hidden: SpecAugmentMask | None = None) -> Tensor:
        """``samples``: (B, N) in about [-1, 1] -> logits (B, num_classes); what is ``hidden`` is silenced first."""
        heard = without(samples, hidden) if hidden else samples
        heard = heard / heard.abs().amax(1, keepdim=True).clamp(min=1e-4)
        features = self.blocks(self.norm(self.filters(heard[:, None])))  # (B, C, T)
        pooled = torch.cat([features.mean(2), features.amax(2)], 1)
        return cast(Tensor, self.classifier(pooled))
