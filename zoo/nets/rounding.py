"""Weights in few bits: whole numbers, and a scale for each row of a matrix."""

import torch
from torch import Tensor

LARGEST_IN_4, MIDDLE_IN_4 = 7, 8
SHARES = torch.linspace(0.5, 1, 11)  # of a row's largest number: what is beyond is cut, so that the rest is finer


def row_scaled_int8(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 8-bit rows: (int8 of the same shape, float32 scale per row), within half a step of the input."""
    scale = matrix.flatten(1).abs().amax(1).clamp(min=1e-12) / 127
    shape = (-1, *[1] * (matrix.ndim - 1))
    return torch.round(matrix / scale.view(shape)).to(torch.int8), scale


def row_scaled_int4(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 4-bit rows of an even length, two numbers a byte: (R, C) -> (uint8 (R, C / 2), float32 scale (R,)).

    Each row has the scale, of eleven, with the least squared error.
    """
    widest = matrix.abs().amax(1).clamp(min=1e-12) / LARGEST_IN_4
    scales = widest * SHARES[:, None]
    errors = torch.stack([(_levels(matrix, scale) * scale[:, None] - matrix).square().sum(1) for scale in scales])
    scale = scales.gather(0, errors.argmin(0)[None])[0]
    even, odd = (_levels(matrix, scale) + MIDDLE_IN_4).byte().view(len(matrix), -1, 2).unbind(2)
    return even | odd << 4, scale


def _levels(matrix: Tensor, scale: Tensor) -> Tensor:
    return torch.round(matrix / scale[:, None]).clamp(-LARGEST_IN_4, LARGEST_IN_4)


def from_int4(packed: Tensor, scale: Tensor) -> Tensor:
    """(R, C / 2) bytes and (R,) scales -> (R, C) float32."""
    levels = torch.stack((packed & 15, packed >> 4), 2).flatten(1).float() - MIDDLE_IN_4
    return levels * scale.float()[:, None]
