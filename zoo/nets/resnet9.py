"""ResNet-9: a shallow residual network for pictures of 32 pixels, after the one of DAWNBench (arXiv:1806.01427).

It departs in its widths, which are smaller, in GELU for ReLU, and in global max pooling for the 4x4 one, so that it
takes pictures of any size.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ConvBlock(nn.Module):
    """3x3 convolution, 2x2 max pooling where ``pool``, batch normalization, GELU."""

    def __init__(self, in_channels: int, out_channels: int, *, pool: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(out_channels)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)  # (B, out_channels, H, W)
        return F.gelu(self.norm(F.max_pool2d(x, 2) if self.pool else x))  # (B, out_channels, H / 2, W / 2) if pooled


class ResNet9(nn.Module):
    """A stem of ``stem_channels``, then for each of ``channels`` a downsampling block and a residual block.

    ``flip_tta``: in ``eval()`` mode, average the logits of each picture and its mirror image (test-time augmentation).

    >>> ResNet9(num_classes=10, stem_channels=32, channels=[64, 128, 256])(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 10])
    """

    def __init__(
        self, *, num_classes: int, stem_channels: int, channels: Sequence[int], flip_tta: bool = False
    ) -> None:
        super().__init__()
        self.flip_tta = flip_tta
        self.stem = ConvBlock(3, stem_channels)
        widths = (stem_channels, *channels)
        self.downsample = nn.ModuleList(
            ConvBlock(before, after, pool=True) for before, after in zip(widths, channels, strict=False)
        )
        self.residual = nn.ModuleList(ConvBlock(width, width) for width in channels)
        self.head = nn.Linear(channels[-1], num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalized, 32 pixels a side or more -> logits (B, num_classes)."""
        if self.flip_tta and not self.training:
            logits, flipped_logits = self.forward_once(torch.cat((x, x.flip(3)))).chunk(2)
            return (logits + flipped_logits) / 2
        return self.forward_once(x)

    def forward_once(self, x: Tensor) -> Tensor:
        """The same without test-time augmentation."""
        x = self.stem(x)  # (B, stem_channels, H, W)
        for downsample, residual in zip(self.downsample, self.residual, strict=True):
            x = downsample(x)  # half of the height and width
            x = x + residual(x)
        logits: Tensor = self.head(x.amax((2, 3)))
        return logits


class SnapshotEnsemble(nn.Module):
    """The mean logits of ``n_members`` networks, snapshots of one training run in cycles (arXiv:1704.00109).

    Every second member gets the mirror image. The last member gets the picture as it is, since Grad-CAM takes the last
    feature map.

    >>> SnapshotEnsemble(n_members=2, num_classes=10, stem_channels=32, channels=[64])(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 10])
    """

    def __init__(self, *, n_members: int, num_classes: int, stem_channels: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.members = nn.ModuleList(
            ResNet9(num_classes=num_classes, stem_channels=stem_channels, channels=channels) for _ in range(n_members)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalized -> logits (B, num_classes)."""
        views = (x, x.flip(3))
        last = len(self.members) - 1
        logits = [member(views[(last - index) % 2]) for index, member in enumerate(self.members)]
        return torch.stack(logits).mean(0)
