"""Whether what a style adds to a photograph has a period, as a hatching does and brush strokes do not."""

import numpy as np
import torch
from PIL import Image
from PIL.Image import Resampling
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)
NEAREST_LAG = 4  # pixels
FARTHEST_LAG = 1 / 4  # of each side: more than half of the picture still overlaps
WEAKEST = 0.5 / 255  # standard deviation: half a grey level, which rounding alone brings about
LOCAL = 1 / 16  # of the shorter side: the standard deviation of the Gaussian that gives the local mean


def periodicity(stylised: Image.Image, photograph: Image.Image) -> float:
    """``period_peak`` of the luminance of the stylised picture less that of the photograph at its size."""
    resized = photograph.convert("RGB").resize(stylised.size, Resampling.LANCZOS)
    return period_peak(_luminance(stylised) - _luminance(resized))


def period_peak(residual: Tensor) -> float:
    """The highest local maximum of the autocorrelation of an (H, W) residual less its local mean, in [0, 1].

    1 for a perfect period; 0 where there is no maximum above 0, or nothing but rounding errors. Lags are at least four
    pixels, in any direction, and at most a quarter of each side. The flanks of the central maximum are no local maxima.
    The local mean is left out since a change of brightness or colour over a large area is no period.
    """
    texture = residual - gaussian_blur(residual[None], *_local(min(residual.shape)))[0]
    if float(texture.std()) < WEAKEST:
        return 0.0
    correlation = autocorrelation(texture)
    height, width = correlation.shape
    rows, columns = torch.arange(height) - height // 2, torch.arange(width) - width // 2
    distance = (rows[:, None].square() + columns.square()).sqrt()
    peaks = correlation[(correlation == F.max_pool2d(correlation[None], 3, 1, 1)[0]) & (distance >= NEAREST_LAG)]
    return float(peaks.clamp(min=0).max()) if len(peaks) else 0.0


def autocorrelation(residual: Tensor) -> Tensor:
    """(2h + 1, 2w + 1) correlations of an (H, W) residual with itself shifted by up to h rows and w columns.

    h and w are a quarter of H and W; the middle is the shift by nothing, with the value 1. The two parts that overlap
    have the norm 1 each, so that no value exceeds 1 and a far lag is not weakened. All are 0 for a residual of zeros.
    """
    values = (residual - residual.mean()).double()
    size = [2 * side for side in values.shape]
    spectrum = torch.fft.rfft2(values, s=size)
    products = torch.fft.irfft2(spectrum.abs().square(), s=size)
    inside = torch.fft.rfft2(torch.ones_like(values), s=size)
    energy = torch.fft.irfft2(torch.fft.rfft2(values.square(), s=size) * inside.conj(), s=size).clamp(min=0)
    opposite = energy.flip(0, 1).roll((1, 1), (0, 1))  # of the other part: the same at the opposite lag
    norms = (energy * opposite).sqrt()
    correlation = torch.where(norms > 1e-12 * values.square().sum(), products / norms, 0.0)
    reach = [int(side * FARTHEST_LAG) for side in values.shape]
    return _around_zero(_around_zero(correlation, reach[0], 0), reach[1], 1)


def _around_zero(values: Tensor, reach: int, dim: int) -> Tensor:
    """The lags of at most ``reach``, of which the negative ones are at the end."""
    return torch.cat([values.narrow(dim, values.shape[dim] - reach, reach), values.narrow(dim, 0, reach + 1)], dim)


def _luminance(image: Image.Image) -> Tensor:
    """(H, W) in [0, 1] of an RGB image."""
    return torch.from_numpy(np.asarray(image, np.float32) / 255) @ torch.tensor(LUMINANCE)


def _local(side: int) -> tuple[list[int], list[float]]:
    """The kernel's size and standard deviation for a shorter side of so many pixels."""
    deviation = side * LOCAL
    return [2 * int(3 * deviation) + 1] * 2, [deviation] * 2
