"""A network for pictures that looks at sounds: log-mel spectrograms in the place of colour planes (Palanisamy et al.
2020, arXiv:2007.11154)."""

from typing import cast

import torch
from torch import Tensor, nn

from zoo.nets.logmel import LogMel, below_peak
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.specaugment import SpecAugmentMask, covered

PLANES = 3  # what the network for pictures has, red, green and blue


class SpectrogramNet(nn.Module):
    """Logits of ``num_classes`` for sounds of any length from a tenth of a second.

    ``windows``: lengths in samples of the transform's window, one plane each; a single one fills all three planes.
    ``span``: how many decibels below a clip's loudest cell are told from silence.
    """

    def __init__(
        self,
        rate: int,
        num_classes: int,
        fft: int,
        hop: int,
        mels: int,
        windows: list[int],
        span: float,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.hop, self.span = hop, span
        self.planes = nn.ModuleList(LogMel(rate, fft, hop, mels, window) for window in windows)
        self.network = MobileNetV2(num_classes, dropout, asymmetric_padding=True)

    def decibels(self, samples: Tensor) -> Tensor:
        """``samples``: (B, N) -> (B, windows, mels, frames) in [-span, 0], 0 being each clip's loudest cell."""
        return torch.stack([below_peak(plane(samples), self.span) for plane in self.planes], 1)

    def look(self, decibels: Tensor) -> Tensor:
        """What ``decibels`` gives -> logits (B, num_classes)."""
        planes = (decibels * (2 / self.span) + 1).expand(-1, PLANES, -1, -1)
        return cast(Tensor, self.network(planes.contiguous(memory_format=torch.channels_last)))

    def forward(self, samples: Tensor, hidden: SpecAugmentMask | None = None) -> Tensor:
        """``samples``: (B, N) -> logits (B, num_classes); what is ``hidden`` is painted over in the spectrogram."""
        decibels = self.decibels(samples)
        if hidden:
            decibels = covered(decibels.flatten(0, 1), hidden, self.hop, -self.span).view_as(decibels)
        return self.look(decibels)
