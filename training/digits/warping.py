"""Digits moved, scaled, turned and sheared within their 28 pixels, and drawn thicker or thinner."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

MAX_SHIFT, SCALES, MAX_TURN = 8.0, (0.6, 1.3), math.radians(20)  # of the measured transformations
STRONG, CORNER = 0.45, 0.5  # of a training batch: moved far; of these: far along both sides
TRAINING_SHIFT = 9.0
AS_IT_IS = 0.35  # of a training batch


def uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def warp(
    pictures: Tensor,
    turn: Tensor | float = 0.0,
    scale: Tensor | float = 1.0,
    shear: Tensor | float = 0.0,
    right: Tensor | float = 0.0,
    down: Tensor | float = 0.0,
) -> Tensor:
    """(B, 1, H, W) -> the same shape, bilinear. What leaves the picture is cut off.

    ``turn`` in radians and ``scale`` (above 1: larger) are about the middle; ``right`` and ``down`` in pixels.
    """
    count, (height, width) = len(pictures), pictures.shape[2:]
    turn, scale, shear, right, down = (torch.as_tensor(v).expand(count) for v in (turn, scale, shear, right, down))
    cos, sin = turn.cos() / scale, turn.sin() / scale
    matrix = torch.stack([torch.stack([cos, shear / scale - sin], 1), torch.stack([sin, cos], 1)], 1)  # (B, 2, 2)
    y, x = torch.meshgrid(torch.arange(height) - (height - 1) / 2, torch.arange(width) - (width - 1) / 2, indexing="ij")
    points = torch.stack([x, y], -1).view(1, -1, 2) - torch.stack([right, down], 1)[:, None]
    source = points @ matrix.transpose(1, 2)
    grid = source * 2 / torch.tensor([width, height])
    return F.grid_sample(pictures, grid.view(count, height, width, 2), align_corners=False)


def augment(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Ink in [0, 1] as a visitor may draw it: a little off everywhere, and in part far off, so that it is cut."""
    count = len(pictures)
    strong = torch.rand(count, generator=generator) < STRONG

    def either(weak: tuple[float, float], wide: tuple[float, float]) -> Tensor:
        return torch.where(strong, uniform(count, *wide, generator), uniform(count, *weak, generator))

    far = (-TRAINING_SHIFT, TRAINING_SHIFT)
    right, down = either((-1.0, 1.0), far), either((-1.0, 1.0), far)
    corner = strong & (torch.rand(count, generator=generator) < CORNER)
    push = lambda shift: torch.where(corner, shift.sign() * uniform(count, 5, TRAINING_SHIFT, generator), shift)  # noqa: E731
    moved = warp(
        pictures,
        either((-0.22, 0.22), (-0.37, 0.37)),
        torch.where(corner, uniform(count, 0.85, 1.2, generator), either((0.9, 1.1), (0.55, 1.4))),
        uniform(count, -0.25, 0.25, generator),
        push(right),
        push(down),
    )
    thick = F.max_pool2d(moved, 3, 1, 1)
    thin = F.pad(-F.max_pool2d(-moved, 2, 1), (0, 1, 0, 1))
    draw = torch.rand(count, 1, 1, 1, generator=generator)
    blend = torch.rand(count, 1, 1, 1, generator=generator)
    moved = torch.where(draw < 0.2, moved.lerp(thick, blend), moved)
    moved = torch.where(draw > 0.9, moved.lerp(thin, blend * 0.6), moved).clamp(0, 1)
    # Resampling blurs: what is as sharp as the file has it must not become a mark of the other class.
    return torch.where(torch.rand(count, 1, 1, 1, generator=generator) < AS_IT_IS, pictures, moved)


def measured_transformations(count: int, seed: int) -> dict[str, dict[str, Tensor]]:
    """The arguments of ``warp`` for each transformation that the card reports."""
    generator = torch.Generator().manual_seed(seed)

    def shifts() -> dict[str, Tensor]:
        return {side: uniform(count, -MAX_SHIFT, MAX_SHIFT, generator) for side in ("right", "down")}

    def corners() -> dict[str, Tensor]:
        return {side: MAX_SHIFT * uniform(count, -1, 1, generator).sign() for side in ("right", "down")}

    scale = uniform(count, *SCALES, generator)
    turn = uniform(count, -MAX_TURN, MAX_TURN, generator)
    return {
        "accuracy, shifted by up to 8 pixels": shifts(),
        "accuracy, shifted by 8 pixels along both sides": corners(),
        "accuracy, scaled by 0.6 to 1.3": {"scale": scale},
        "accuracy, turned by up to 20 degrees": {"turn": turn},
        "accuracy, shifted, scaled and turned at once": {"scale": scale, "turn": turn, **shifts()},
    }
