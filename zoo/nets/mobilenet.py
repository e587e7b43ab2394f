"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381): inverted residuals with linear bottlenecks.

Parameter names are torchvision's, so checkpoints travel both ways. One departure, needed by weights that come from
TensorFlow: ``asymmetric_padding`` pads stride-2 convolutions on the right and at the bottom only, as TensorFlow's
``SAME`` does for even sizes. With symmetric padding those weights look half a pixel beside what they learnt.
"""

from torch import Tensor, nn
from torch.nn import functional as F

# (expansion, output channels, repeats, stride of the first): table 2 of the paper.
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class Conv2d(nn.Conv2d):
    """A convolution without bias that keeps the size, or halves it at stride 2."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, asymmetric: bool = False
    ) -> None:
        self.asymmetric = asymmetric and stride == 2
        padding = 0 if self.asymmetric else kernel // 2
        super().__init__(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, (0, 1, 0, 1)) if self.asymmetric else x)


def conv_norm_act(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, asymmetric: bool = False
) -> nn.Sequential:
    conv = Conv2d(inputs, outputs, kernel, stride, groups, asymmetric)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))


class InvertedResidual(nn.Module):
    """Expand to ``expansion`` times the channels, filter each one, project back: (B, C, H, W) -> (B, C', H', W')."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int, asymmetric: bool) -> None:
        super().__init__()
        hidden = inputs * expansion
        expand = [conv_norm_act(inputs, hidden, 1)] if expansion != 1 else []
        self.residual = stride == 1 and inputs == outputs
        self.conv = nn.Sequential(
            *expand,
            conv_norm_act(hidden, hidden, 3, stride, groups=hidden, asymmetric=asymmetric),
            Conv2d(hidden, outputs, 1),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        projected: Tensor = self.conv(x)
        return x + projected if self.residual else projected


class MobileNetV2(nn.Module):
    """Logits of ``num_classes`` for pictures of any size of 32 pixels or more.

    >>> MobileNetV2(num_classes=1000)(torch.zeros(1, 3, 224, 224)).shape
    torch.Size([1, 1000])
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.2, asymmetric_padding: bool = False) -> None:
        super().__init__()
        channels = 32
        layers: list[nn.Module] = [conv_norm_act(3, channels, 3, stride=2, asymmetric=asymmetric_padding)]
        for expansion, outputs, repeats, stride in STAGES:
            for index in range(repeats):
                step = stride if index == 0 else 1
                layers.append(InvertedResidual(channels, outputs, step, expansion, asymmetric_padding))
                channels = outputs
        layers.append(conv_norm_act(channels, 1280, 1))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(1280, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalised as the weights' card says -> logits (B, num_classes)."""
        features = self.features(x)  # (B, 1280, H / 32, W / 32)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits
