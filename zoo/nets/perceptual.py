"""A ResNet-18 as far as its third stage, that looks at pictures and names nothing.

Its normalisations are folded into its filters, and where it halves its maps, it blurs first (Zhang 2019,
arXiv:1904.11486): which places a map without a blur has kept, an optimiser finds out and a painter cannot know.
"""

from torch import Tensor, nn
from torch.nn import functional as F


def blurred(x: Tensor) -> Tensor:
    """By (1, 2, 1) / 4 in both directions."""
    return F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 2, 1), 2, 1)


def halved(x: Tensor) -> Tensor:
    """Every second place of ``blurred``, and nothing else computed."""
    return F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 0, 1, 0), mode="replicate"), 2, 1), 2, 2)


class Stem(nn.Module):
    """(B, 3, H, W) -> (B, C, H / 2, W / 2)."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, outputs, 7, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(blurred(blurred(x))))


class BlurredMaxPool(nn.Module):
    """(B, C, H, W) -> (B, C, H / 2, W / 2)."""

    def forward(self, x: Tensor) -> Tensor:
        return halved(F.max_pool2d(x, 3, 1, 1))


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut: (B, C, H, W) -> (B, C', H / stride, W / stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride) if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        x = x if self.shortcut is None else blurred(blurred(x))
        kept = x if self.shortcut is None else self.shortcut(x)
        return F.relu(self.conv2(F.relu(self.conv1(x))) + kept)


class PerceptualResNet(nn.Module):
    """What is seen after each of ``features`` is what it is for.

    >>> PerceptualResNet()(torch.zeros(1, 3, 64, 48)).shape
    torch.Size([1, 256, 4, 3])
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Stem(64),
            BlurredMaxPool(),
            Block(64, 64),
            Block(64, 64),
            Block(64, 128, 2),
            Block(128, 128),
            Block(128, 256, 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalised as the weights' card says -> (B, 256, H / 16, W / 16)."""
        seen: Tensor = self.features(x)
        return seen
