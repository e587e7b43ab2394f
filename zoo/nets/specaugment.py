"""Masks of SpecAugment (Park et al. 2019, arXiv:1904.08779): one block of time and one block of mel bands.

A spectrogram is masked as in the paper. A waveform is silenced over the same time and filtered over the same
frequencies, so that a network without a spectrogram gets the same mask.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoo.nets.logmel import mel_frequencies


@dataclass(frozen=True, kw_only=True)
class SpecAugmentMask:
    """``time_start`` and ``time_stop`` in seconds; bands ``band_start`` to ``band_stop`` (not included) of ``n_mels``.

    ``fill_mean``: masked cells of a spectrogram take its mean instead of its floor. A waveform is silent there in
    both cases.
    """

    sample_rate: int
    n_mels: int
    time_start: float = 0.0
    time_stop: float = 0.0
    band_start: int = 0
    band_stop: int = 0
    fill_mean: bool = False

    def frequencies(self) -> tuple[float, float]:
        """The masked range in Hz: from the peak of the band below it to the peak of the band above it."""
        corners = mel_frequencies(self.sample_rate, self.n_mels)
        return float(corners[self.band_start]), float(corners[min(self.band_stop, self.n_mels) + 1])


def mask_waveform(samples: Tensor, mask: SpecAugmentMask) -> Tensor:
    """(B, N) samples, silent over the masked time and without the masked range of frequencies."""
    if mask.band_stop > mask.band_start:
        low, high = mask.frequencies()
        spectrum = torch.fft.rfft(samples)  # (B, N / 2 + 1)
        frequency = torch.fft.rfftfreq(samples.shape[1], 1 / mask.sample_rate, device=samples.device)
        spectrum = spectrum.masked_fill((frequency >= low) & (frequency <= high), 0)
        samples = torch.fft.irfft(spectrum, samples.shape[1])  # (B, N)
    start, stop = round(mask.time_start * mask.sample_rate), round(mask.time_stop * mask.sample_rate)
    time = torch.arange(samples.shape[1], device=samples.device)
    return samples.masked_fill((time >= start) & (time < stop), 0)


def mask_spectrogram(decibels: Tensor, mask: SpecAugmentMask, hop_length: int, floor: float) -> Tensor:
    """(B, n_mels, T) with the masked cells at ``floor``, or at each clip's mean."""
    time = torch.arange(decibels.shape[2], device=decibels.device) * (hop_length / mask.sample_rate)  # (T,) seconds
    band = torch.arange(decibels.shape[1], device=decibels.device)  # (n_mels,)
    in_time = (time >= mask.time_start) & (time < mask.time_stop)
    in_band = (band >= mask.band_start) & (band < mask.band_stop)
    mean = decibels.mean((1, 2), keepdim=True)  # (B, 1, 1)
    fill = mean if mask.fill_mean else torch.full_like(mean, floor)
    return torch.where(in_time | in_band[:, None], fill, decibels)
