"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381): inverted residuals with linear bottlenecks.

Parameter names are torchvision's, so checkpoints load in both. One departure, for weights that come from TensorFlow:
``asymmetric_padding`` pads stride-2 convolutions on the right and at the bottom only, as TensorFlow's ``SAME`` does for
even sizes. Symmetric padding would shift the features of those weights by half a pixel at each stride.
"""

from torch import Tensor, nn
from torch.nn import functional as F

# (expansion t, output channels c, repeats n, stride s of the first): table 2 of the paper.
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class PaddedConv2d(nn.Conv2d):
    """A convolution without bias that keeps the size, or halves it at stride 2."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        *,
        groups: int = 1,
        asymmetric_padding: bool = False,
    ) -> None:
        self.asymmetric_padding = asymmetric_padding and stride == 2
        padding = 0 if self.asymmetric_padding else kernel_size // 2
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, (0, 1, 0, 1)) if self.asymmetric_padding else x)


def conv_norm_act(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    *,
    groups: int = 1,
    asymmetric_padding: bool = False,
) -> nn.Sequential:
    """Convolution, batch normalization and ReLU6."""
    conv = PaddedConv2d(
        in_channels, out_channels, kernel_size, stride, groups=groups, asymmetric_padding=asymmetric_padding
    )
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU6(inplace=True))


class InvertedResidual(nn.Module):
    """Pointwise expansion, depthwise convolution, linear projection: (B, C, H, W) -> (B, C', H / stride, W / stride).

    ``expand_ratio``: channels of the depthwise convolution over those of the input. The input is added to the output
    where their shapes are equal.
    """

    def __init__(
        self, *, in_channels: int, out_channels: int, stride: int, expand_ratio: int, asymmetric_padding: bool
    ) -> None:
        super().__init__()
        hidden = in_channels * expand_ratio
        expand = [conv_norm_act(in_channels, hidden, 1)] if expand_ratio != 1 else []
        self.use_residual = stride == 1 and in_channels == out_channels
        self.conv = nn.Sequential(
            *expand,
            conv_norm_act(hidden, hidden, 3, stride, groups=hidden, asymmetric_padding=asymmetric_padding),
            PaddedConv2d(hidden, out_channels, 1),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        projected: Tensor = self.conv(x)
        return x + projected if self.use_residual else projected


class MobileNetV2(nn.Module):
    """Logits of ``num_classes`` for pictures with sides of 32 pixels or more.

    >>> MobileNetV2(num_classes=1000)(torch.zeros(1, 3, 224, 224)).shape
    torch.Size([1, 1000])
    """

    def __init__(self, *, num_classes: int = 1000, dropout: float = 0.2, asymmetric_padding: bool = False) -> None:
        super().__init__()
        channels = 32
        layers: list[nn.Module] = [conv_norm_act(3, channels, 3, 2, asymmetric_padding=asymmetric_padding)]
        for expand_ratio, out_channels, repeats, stride in STAGES:
            for index in range(repeats):
                block = InvertedResidual(
                    in_channels=channels,
                    out_channels=out_channels,
                    stride=stride if index == 0 else 1,
                    expand_ratio=expand_ratio,
                    asymmetric_padding=asymmetric_padding,
                )
                layers.append(block)
                channels = out_channels
        layers.append(conv_norm_act(channels, 1280, 1))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(1280, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalized as the weights' card says -> logits (B, num_classes)."""
        features = self.features(x)  # (B, 1280, H / 32, W / 32)
        logits: Tensor = self.classifier(features.mean((2, 3)))  # (B, num_classes)
        return logits
