"""Log-mel spectrograms by librosa's definitions, computed with torch.

The mel scale is Slaney's, linear to 1 kHz and logarithmic above (Auditory Toolbox, 1998). Its filters have equal area.
"""

import math

import torch
from torch import Tensor, nn

LINEAR_STEP, LINEAR_END, LOG_STEP = 200 / 3, 1000.0, math.log(6.4) / 27  # Hz a mel, Hz, and nepers a mel above it
MIN_POWER = 1e-10  # less counts as none: -100 dB


def hz_to_mel(hz: Tensor) -> Tensor:
    linear = hz / LINEAR_STEP
    logarithmic = LINEAR_END / LINEAR_STEP + (hz.clamp(min=1) / LINEAR_END).log() / LOG_STEP
    return torch.where(hz < LINEAR_END, linear, logarithmic)


def mel_to_hz(mel: Tensor) -> Tensor:
    start = LINEAR_END / LINEAR_STEP
    return torch.where(mel < start, mel * LINEAR_STEP, LINEAR_END * ((mel - start) * LOG_STEP).exp())


def mel_frequencies(sample_rate: int, n_mels: int) -> Tensor:
    """(n_mels + 2,) float64: the corners of the triangular filters in Hz, from 0 to half of ``sample_rate``.

    Filter i begins at corner i, peaks at corner i + 1 and ends at corner i + 2.
    """
    top = hz_to_mel(torch.tensor(sample_rate / 2, dtype=torch.float64))
    return mel_to_hz(torch.linspace(0, 1, n_mels + 2, dtype=torch.float64) * top)


def mel_filterbank(sample_rate: int, n_fft: int, n_mels: int) -> Tensor:
    """(n_mels, n_fft / 2 + 1) float32: each row is a triangle over the bins of the transform, of area 2 / width."""
    corners = mel_frequencies(sample_rate, n_mels)  # (n_mels + 2,)
    bins = torch.linspace(0, sample_rate / 2, n_fft // 2 + 1, dtype=torch.float64)
    widths = corners.diff()  # (n_mels + 1,)
    ramps = corners[:, None] - bins  # (n_mels + 2, n_fft / 2 + 1)
    rising, falling = -ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]
    triangles = torch.minimum(rising, falling).clamp(min=0)  # (n_mels, n_fft / 2 + 1)
    return (triangles * (2 / (corners[2:] - corners[:-2]))[:, None]).float()


class LogMel(nn.Module):
    """Decibels of mel bands. The buffers are derived from the arguments, so a checkpoint holds none.

    ``n_fft``, ``hop_length`` in samples. ``win_length``: length of the Hann window, at most ``n_fft``, padded with
    zeros; 0 for ``n_fft``.
    """

    window: Tensor
    filterbank: Tensor

    def __init__(self, *, sample_rate: int, n_fft: int, hop_length: int, n_mels: int, win_length: int = 0) -> None:
        super().__init__()
        self.n_fft, self.hop_length, self.win_length = n_fft, hop_length, win_length or n_fft
        with torch.device("cpu"):  # also when the network around it is built on the meta device
            self.register_buffer("window", torch.hann_window(self.win_length), persistent=False)
            self.register_buffer("filterbank", mel_filterbank(sample_rate, n_fft, n_mels), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """``samples``: (B, N) -> (B, n_mels, 1 + N // hop_length) dB, where 0 is a power of one; -100 at least."""
        spectrum = torch.stft(
            samples,
            self.n_fft,
            self.hop_length,
            self.win_length,
            self.window,
            pad_mode="constant",
            return_complex=True,
        )  # (B, n_fft / 2 + 1, T)
        power = spectrum.real.square() + spectrum.imag.square()
        return 10 * (self.filterbank @ power).clamp(min=MIN_POWER).log10()  # (B, n_mels, T)


def relative_to_peak(decibels: Tensor, top_db: float) -> Tensor:
    """(B, n_mels, T) relative to each clip's loudest cell, cut off ``top_db`` below it: in [-top_db, 0]."""
    return (decibels - decibels.amax((1, 2), keepdim=True)).clamp(min=-top_db)
