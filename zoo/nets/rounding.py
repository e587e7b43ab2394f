"""Weights in few bits: integers, and a scale for each row of a matrix."""

import torch
from torch import Tensor

INT4_MAX, INT4_OFFSET = 7, 8
CLIPPING = torch.linspace(0.5, 1, 11)  # of a row's maximum: clipping what is beyond makes the levels finer


def row_scaled_int8(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 8-bit rows: (int8 of the same shape, float32 scale per row), within half a level of the input."""
    scale = matrix.flatten(1).abs().amax(1).clamp(min=1e-12) / 127
    shape = (-1, *[1] * (matrix.ndim - 1))
    return torch.round(matrix / scale.view(shape)).to(torch.int8), scale


def row_scaled_int4(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 4-bit rows of an even length, two values per byte: (R, C) -> (uint8 (R, C / 2), float32 scale (R,)).

    Each row has the scale, of eleven, with the least squared error.
    """
    largest = matrix.abs().amax(1).clamp(min=1e-12) / INT4_MAX
    scales = largest * CLIPPING[:, None]  # (11, R)
    errors = torch.stack([(_levels(matrix, scale) * scale[:, None] - matrix).square().sum(1) for scale in scales])
    scale = scales.gather(0, errors.argmin(0)[None])[0]
    even, odd = (_levels(matrix, scale) + INT4_OFFSET).byte().view(len(matrix), -1, 2).unbind(2)
    return even | odd << 4, scale


def _levels(matrix: Tensor, scale: Tensor) -> Tensor:
    return torch.round(matrix / scale[:, None]).clamp(-INT4_MAX, INT4_MAX)


def from_int4(packed: Tensor, scale: Tensor) -> Tensor:
    """(R, C / 2) bytes and (R,) scales -> (R, C) float32."""
    levels = torch.stack((packed & 15, packed >> 4), 2).flatten(1).float() - INT4_OFFSET
    return levels * scale.float()[:, None]
