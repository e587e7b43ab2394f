"""MobileNetV2 on log-mel spectrograms in place of colour channels (Palanisamy et al. 2020, arXiv:2007.11154)."""

from typing import cast

import torch
from torch import Tensor, nn

from zoo.nets.logmel import LogMel, relative_to_peak
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.specaugment import SpecAugmentMask, mask_spectrogram

IN_CHANNELS = 3  # of a network for pictures: red, green and blue


class SpectrogramNet(nn.Module):
    """Logits of ``num_classes`` for sounds of any length from a tenth of a second.

    ``n_fft``, ``hop_length``, ``win_lengths`` in samples. ``win_lengths``: one channel each; a single one fills all
    three channels. ``top_db``: the spectrogram is cut off so many decibels below each clip's loudest cell.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        num_classes: int,
        n_fft: int,
        hop_length: int,
        n_mels: int,
        win_lengths: list[int],
        top_db: float,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.hop_length, self.top_db = hop_length, top_db
        self.transforms = nn.ModuleList(
            LogMel(sample_rate=sample_rate, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels, win_length=win_length)
            for win_length in win_lengths
        )
        self.network = MobileNetV2(num_classes=num_classes, dropout=dropout, asymmetric_padding=True)

    def log_mel(self, samples: Tensor) -> Tensor:
        """``samples``: (B, N) -> (B, C, n_mels, T) in [-top_db, 0], where 0 is each clip's loudest cell.

        C is the number of ``win_lengths``.
        """
        return torch.stack([relative_to_peak(transform(samples), self.top_db) for transform in self.transforms], 1)

    def classify(self, log_mel: Tensor) -> Tensor:
        """``log_mel``: (B, C, n_mels, T) in [-top_db, 0] -> logits (B, num_classes)."""
        channels = (log_mel * (2 / self.top_db) + 1).expand(-1, IN_CHANNELS, -1, -1)  # (B, 3, n_mels, T) in [-1, 1]
        return cast(Tensor, self.network(channels.contiguous(memory_format=torch.channels_last)))

    def forward(self, samples: Tensor, mask: SpecAugmentMask | None = None) -> Tensor:
        """``samples``: (B, N) -> logits (B, num_classes). ``mask`` covers cells of the spectrogram."""
        log_mel = self.log_mel(samples)  # (B, C, n_mels, T)
        if mask:
            masked = mask_spectrogram(log_mel.flatten(0, 1), mask, self.hop_length, -self.top_db)  # (B * C, n_mels, T)
            log_mel = masked.view_as(log_mel)
        return self.classify(log_mel)
