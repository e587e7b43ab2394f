"""ResNet-18 (He et al. 2015, arXiv:1512.03385), with torchvision's parameter names.

One departure: ``upscale`` enlarges the input first, so that a small picture keeps a feature map with some resolution.
"""

from torch import Tensor, nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: (B, C, H, W) -> (B, C', H / stride, W / stride)."""

    def __init__(self, *, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != out_channels:
            projection = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + shortcut)


class ResNet18(nn.Module):
    """Logits of ``num_classes`` for pictures with sides of 32 pixels or more.

    ``upscale``: the factor of a bilinear interpolation before the first layer. At 64 pixels the last feature map would
    be 2 x 2, too coarse for a heat map; at 160 pixels it is 5 x 5.

    >>> ResNet18(num_classes=200)(torch.zeros(1, 3, 64, 64)).shape
    torch.Size([1, 200])
    """

    def __init__(self, *, num_classes: int = 1000, upscale: float = 1) -> None:
        super().__init__()
        self.upscale = upscale
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = _stage(64, 64, stride=1)
        self.layer2 = _stage(64, 128, stride=2)
        self.layer3 = _stage(128, 256, stride=2)
        self.layer4 = _stage(256, 512, stride=2)
        self.fc = nn.Linear(512, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalized as the weights' card says -> logits (B, num_classes)."""
        if self.upscale > 1:
            x = F.interpolate(x, scale_factor=self.upscale, mode="bilinear")
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)  # (B, 64, H / 4, W / 4)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))  # (B, 512, H / 32, W / 32)
        logits: Tensor = self.fc(x.mean((2, 3)))  # (B, num_classes)
        return logits


def _stage(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        BasicBlock(in_channels=in_channels, out_channels=out_channels, stride=stride),
        BasicBlock(in_channels=out_channels, out_channels=out_channels),
    )
