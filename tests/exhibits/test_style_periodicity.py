"""The measure of a period on residuals whose period is known, and on pictures."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from zoo.examples import example
from zoo.exhibits.style.periodicity import autocorrelation, period_peak, periodicity

GOAL = 0.3
HEIGHT, WIDTH = 170, 256


def noise(seed: int = 0) -> Tensor:
    return torch.randn(HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))


def blurred(deviation: float, seed: int = 0) -> Tensor:
    (values,) = gaussian_blur(noise(seed)[None], [2 * round(3 * deviation) + 1] * 2, [deviation] * 2)
    return values / values.std()


def grating(period: float, degrees: float) -> Tensor:
    """A sine of standard deviation 1."""
    rows, columns = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    angle = math.radians(degrees)
    along = rows * math.sin(angle) + columns * math.cos(angle)
    return math.sqrt(2) * torch.sin(2 * math.pi * along / period)


@pytest.mark.parametrize("degrees", [0, 30, 45, 90])
@pytest.mark.parametrize("period", [4, 6.5, 12, 32])
def test_a_grating_has_a_period(period: float, degrees: float) -> None:
    assert period_peak(grating(period, degrees)) > 0.95


def test_a_cross_hatch_has_a_period_beneath_noise_and_shading_too() -> None:
    hatch = grating(9, 45) + grating(9, 135)
    assert period_peak(hatch) > 0.95
    assert period_peak(hatch + noise()) > 0.5
    assert period_peak(hatch + 5 * torch.linspace(-1, 1, WIDTH)) > 0.9


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_white_noise_has_none(seed: int) -> None:
    assert period_peak(noise(seed)) < 0.05


@pytest.mark.parametrize("deviation", [1, 2, 4])
def test_blurred_noise_has_none(deviation: float) -> None:
    assert period_peak(blurred(deviation)) < GOAL


def test_a_slow_change_of_brightness_is_no_period() -> None:
    assert period_peak(5 * torch.linspace(-1, 1, WIDTH).expand(HEIGHT, WIDTH) + noise()) < 0.1
    assert period_peak(5 * blurred(30) + noise()) < GOAL


@pytest.mark.parametrize("residual", [torch.zeros(HEIGHT, WIDTH), torch.full((24, 24), 0.25)])
def test_nothing_has_no_period(residual: Tensor) -> None:
    assert period_peak(residual) == 0


def test_autocorrelation_is_that_of_the_parts_that_overlap() -> None:
    residual = noise()[:24, :40]
    correlation, values = autocorrelation(residual), residual.double() - residual.double().mean()
    assert correlation.shape == (13, 21)
    for row, column in ((0, 0), (3, 0), (0, 10), (6, 10), (2, -7), (-5, 4)):
        one = values[max(row, 0) : 24 + min(row, 0), max(column, 0) : 40 + min(column, 0)]
        other = values[max(-row, 0) : 24 + min(-row, 0), max(-column, 0) : 40 + min(-column, 0)]
        expected = float((one * other).sum() / (one.norm() * other.norm()))
        assert float(correlation[6 + row, 10 + column]) == pytest.approx(expected, abs=1e-6)


def test_a_picture_is_compared_with_its_photograph() -> None:
    photograph = example("coffee").convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    assert periodicity(photograph, photograph) == 0
    darker = np.asarray(photograph, np.float64) * 0.5 + 64
    hatched = darker + 30 * grating(8, 45).numpy()[..., None]
    assert periodicity(Image.fromarray(hatched.clip(0, 255).astype(np.uint8)), example("coffee")) > 0.5
