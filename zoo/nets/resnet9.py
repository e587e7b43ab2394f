"""A shallow residual network for pictures of 32 pixels, after the ResNet-9 of DAWNBench (arXiv:1806.01427)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Unit(nn.Module):
    """A 3x3 convolution, halved in size where ``pool``, normalised, rectified: (B, C, H, W) -> (B, C', H', W')."""

    def __init__(self, inputs: int, outputs: int, pool: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return F.gelu(self.norm(F.max_pool2d(x, 2) if self.pool else x))


class ResNet9(nn.Module):
    """Logits of ``num_classes`` for pictures of 32 pixels or more.

    A stem of ``stem`` channels, then for each of ``widths`` a halving unit and a residual one. ``mirrored``: once
    trained, it says the mean of what it says of a picture and of its mirror image.

    >>> ResNet9(10, 32, [64, 128, 256])(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 10])
    """

    def __init__(self, num_classes: int, stem: int, widths: Sequence[int], mirrored: bool = False) -> None:
        super().__init__()
        self.mirrored = mirrored
        self.stem = Unit(3, stem)
        inputs = (stem, *widths)
        self.halving = nn.ModuleList(Unit(a, b, pool=True) for a, b in zip(inputs, widths, strict=False))
        self.residual = nn.ModuleList(Unit(width, width) for width in widths)
        self.head = nn.Linear(widths[-1], num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalised -> logits (B, num_classes)."""
        if self.mirrored and not self.training:
            whole, mirrored = self.look(torch.cat((x, x.flip(3)))).chunk(2)
            return (whole + mirrored) / 2
        return self.look(x)

    def look(self, x: Tensor) -> Tensor:
        """At the pictures as they are."""
        x = self.stem(x)
        for halving, residual in zip(self.halving, self.residual, strict=True):
            x = halving(x)
            x = x + residual(x)
        logits: Tensor = self.head(x.amax((2, 3)))
        return logits


class Snapshots(nn.Module):
    """The mean of what ``count`` of them say: one network where as many cycles of rates left it (arXiv:1704.00109).

    Every second one is shown the mirror image; the last one, whose features Grad-CAM finds, the picture as it is.

    >>> Snapshots(2, num_classes=10, stem=32, widths=[64, 128])(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 10])
    """

    def __init__(self, count: int, num_classes: int, stem: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.members = nn.ModuleList(ResNet9(num_classes, stem, widths) for _ in range(count))

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalised -> logits (B, num_classes)."""
        views = (x, x.flip(3))
        last = len(self.members) - 1
        return torch.stack([member(views[(last - place) % 2]) for place, member in enumerate(self.members)]).mean(0)
