"""What a listener may not hear: a stretch of time and a range of mel bands, as SpecAugment hides them in training
(Park et al. 2019, arXiv:1904.08779)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoo.nets.logmel import mel_edges


@dataclass(frozen=True)
class SpecAugmentMask:
    """``start`` and ``stop`` in seconds; bands ``low`` up to ``high`` (not included) of ``mels`` at ``rate`` Hz.

    ``mean``: a spectrogram's hidden cells take its mean instead of its floor; a waveform is silent there either way.
    """

    rate: int
    mels: int
    start: float = 0.0
    stop: float = 0.0
    low: int = 0
    high: int = 0
    mean: bool = False

    def hertz(self) -> tuple[float, float]:
        """Where the hidden bands begin and end, at the peaks of the filters about them."""
        edges = mel_edges(self.rate, self.mels)
        return float(edges[self.low]), float(edges[min(self.high, self.mels) + 1])


def without(samples: Tensor, hidden: SpecAugmentMask) -> Tensor:
    """(B, N) samples, silent in the hidden stretch of time and without the hidden range of frequencies."""
    if hidden.high > hidden.low:
        low, high = hidden.hertz()
        spectrum = torch.fft.rfft(samples)
        frequency = torch.fft.rfftfreq(samples.shape[1], 1 / hidden.rate, device=samples.device)
        spectrum = spectrum.masked_fill((frequency >= low) & (frequency <= high), 0)
        samples = torch.fft.irfft(spectrum, samples.shape[1])
    start, stop = round(hidden.start * hidden.rate), round(hidden.stop * hidden.rate)
    time = torch.arange(samples.shape[1], device=samples.device)
    return samples.masked_fill((time >= start) & (time < stop), 0)


def covered(decibels: Tensor, hidden: SpecAugmentMask, hop: int, floor: float) -> Tensor:
    """(B, mels, frames) with the hidden cells at ``floor``, or at each clip's mean."""
    frame = torch.arange(decibels.shape[2], device=decibels.device) * (hop / hidden.rate)
    band = torch.arange(decibels.shape[1], device=decibels.device)
    cells = ((frame >= hidden.start) & (frame < hidden.stop)) | ((band >= hidden.low) & (band < hidden.high))[:, None]
    fill = decibels.mean((1, 2), keepdim=True) if hidden.mean else torch.full_like(decibels[:, :1, :1], floor)
    return torch.where(cells, fill, decibels)
