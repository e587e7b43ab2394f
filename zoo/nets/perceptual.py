"""The first stages of a ResNet-18, as a feature extractor for style transfer; it has no classification head.

Batch normalisation is folded into the convolutions. The maps are blurred before each stride of 2 (anti-aliasing, Zhang
2019, arXiv:1904.11486): without the blur, an optimiser can exploit which pixels a strided map keeps, and a feed-forward
network cannot learn to.
"""

from torch import Tensor, nn
from torch.nn import functional as F


def blur(x: Tensor) -> Tensor:
    """Filter by (1, 2, 1) / 4 in both dimensions: (B, C, H, W) -> the same shape."""
    return F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 2, 1), 2, 1)


def blur_pool(x: Tensor) -> Tensor:
    """``blur`` with a stride of 2: (B, C, H, W) -> (B, C, H / 2, W / 2)."""
    return F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 0, 1, 0), mode="replicate"), 2, 1), 2, 2)


class Stem(nn.Module):
    """(B, 3, H, W) -> (B, C, H / 2, W / 2)."""

    def __init__(self, *, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, out_channels, kernel_size=7, stride=2, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(blur(blur(x))))


class MaxBlurPool(nn.Module):
    """(B, C, H, W) -> (B, C, H / 2, W / 2)."""

    def forward(self, x: Tensor) -> Tensor:
        return blur_pool(F.max_pool2d(x, kernel_size=3, stride=1, padding=1))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a skip connection: (B, C, H, W) -> (B, C', H / stride, W / stride)."""

    def __init__(self, *, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.downsample = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride) if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        x = x if self.downsample is None else blur(blur(x))
        identity = x if self.downsample is None else self.downsample(x)
        return F.relu(self.conv2(F.relu(self.conv1(x))) + identity)


class PerceptualResNet(nn.Module):
    """The activations after each stage of ``features`` are its purpose.

    >>> PerceptualResNet()(torch.zeros(1, 3, 64, 48)).shape
    torch.Size([1, 256, 4, 3])
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            Stem(out_channels=64),  # (B, 64, H / 2, W / 2)
            MaxBlurPool(),  # (B, 64, H / 4, W / 4)
            BasicBlock(in_channels=64, out_channels=64),
            BasicBlock(in_channels=64, out_channels=64),
            BasicBlock(in_channels=64, out_channels=128, stride=2),  # (B, 128, H / 8, W / 8)
            BasicBlock(in_channels=128, out_channels=128),
            BasicBlock(in_channels=128, out_channels=256, stride=2),  # (B, 256, H / 16, W / 16)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalised as the model's card says -> (B, 256, H / 16, W / 16)."""
        features: Tensor = self.features(x)
        return features
