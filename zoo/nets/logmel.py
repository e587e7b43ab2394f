"""From samples to what a spectrogram network sees: mel bands on a logarithmic scale, by librosa's definitions.

The mel scale is Slaney's (linear to 1 kHz, logarithmic above: Auditory Toolbox, 1998) with filters of equal area.
"""

import math

import torch
from torch import Tensor, nn

LINEAR_STEP, LINEAR_END, LOG_STEP = 200 / 3, 1000.0, math.log(6.4) / 27  # Hz a mel, Hz, and nepers a mel above it
QUIETEST = 1e-10  # power that counts as none: -100 dB


def hertz_to_mel(hertz: Tensor) -> Tensor:
    linear = hertz / LINEAR_STEP
    return torch.where(
        hertz < LINEAR_END, linear, LINEAR_END / LINEAR_STEP + (hertz.clamp(min=1) / LINEAR_END).log() / LOG_STEP
    )


def mel_to_hertz(mel: Tensor) -> Tensor:
    start = LINEAR_END / LINEAR_STEP
    return torch.where(mel < start, mel * LINEAR_STEP, LINEAR_END * ((mel - start) * LOG_STEP).exp())


def mel_edges(rate: int, mels: int) -> Tensor:
    """Hertz of the ``mels`` + 2 corners of the triangular filters, from 0 to half of ``rate``: float64."""
    top = hertz_to_mel(torch.tensor(rate / 2, dtype=torch.float64))
    return mel_to_hertz(torch.linspace(0, 1, mels + 2, dtype=torch.float64) * top)


def mel_filters(rate: int, fft: int, mels: int) -> Tensor:
    """(mels, fft / 2 + 1) float32: each row a triangle over the frequencies of the transform, of area 2 / width."""
    edges = mel_edges(rate, mels)
    bins = torch.linspace(0, rate / 2, fft // 2 + 1, dtype=torch.float64)
    widths = edges.diff()
    slopes = edges[:, None] - bins
    rising, falling = -slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).float()


class LogMel(nn.Module):
    """Decibels of mel bands; buffers are derived, so that a checkpoint holds none.

    ``fft`` and ``hop`` in samples; ``window``: length of the Hann window, at most ``fft``, the rest is zeros.
    """

    hann: Tensor
    filters: Tensor

    def __init__(self, rate: int, fft: int, hop: int, mels: int, window: int = 0) -> None:
        super().__init__()
        self.fft, self.hop, self.window = fft, hop, window or fft
        with torch.device("cpu"):  # also when the network around it is built without memory
            self.register_buffer("hann", torch.hann_window(self.window), persistent=False)
            self.register_buffer("filters", mel_filters(rate, fft, mels), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """``samples``: (B, N) -> (B, mels, 1 + N // hop) dB, 0 being a power of one; -100 at least."""
        spectrum = torch.stft(
            samples, self.fft, self.hop, self.window, self.hann, pad_mode="constant", return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        return 10 * (self.filters @ power).clamp(min=QUIETEST).log10()


def below_peak(decibels: Tensor, span: float) -> Tensor:
    """(B, mels, frames) relative to each clip's loudest cell, cut off ``span`` dB below it: in [-span, 0]."""
    return (decibels - decibels.amax((1, 2), keepdim=True)).clamp(min=-span)
