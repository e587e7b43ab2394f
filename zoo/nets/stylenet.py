"""A feed-forward network for style transfer, with several styles (Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155).

All styles share the convolutions. They differ in the scales and shifts of a conditional instance normalisation
(Dumoulin et al. 2016, arXiv:1610.07629; Ulyanov et al. 2016, arXiv:1607.08022). Styles can therefore be interpolated,
and a new one is cheap to learn. Departures from Johnson et al.: nearest-neighbour upsampling before a
convolution instead of transposed convolutions, which avoids checkerboards (Odena et al. 2016,
doi:10.23915/distill.00003); reflection padding, which avoids a halo at the borders; and a skip connection from the
photograph to the output, so that an untrained style starts at the photograph. Without it, 2,000 training steps kept
little of the content.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

N_BLOCKS = 7
LOGIT_EPS = 0.02  # pixels are clamped to [0.02, 0.98] before the logit


def mix_styles(parameters: Tensor, style_weights: Tensor, width: int) -> Tensor:
    """Interpolate per-style parameters.

    ``parameters``: (n_styles, C). ``style_weights``: (B, n_styles, 1, w), resized to ``width`` where w > 1.
    Returns (B, C, 1, width), or (B, C, 1, 1) where w is 1.
    """
    if style_weights.shape[3] > 1:
        style_weights = F.interpolate(style_weights, (1, width), mode="bilinear", align_corners=True)
    return torch.einsum("bshw,sc->bchw", style_weights, parameters)


def last(outputs: Iterator[Tensor]) -> Tensor:
    """The last one, with no other kept in memory."""
    return deque(outputs, maxlen=1)[0]


class ConditionalInstanceNorm2d(nn.Module):
    """Instance normalisation with a scale and a shift per style and channel."""

    def __init__(self, *, n_styles: int, num_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n_styles, num_features))
        self.bias = nn.Parameter(torch.zeros(n_styles, num_features))

    def forward(self, x: Tensor, style_weights: Tensor) -> Tensor:
        """``x``: (B, C, H, W), ``style_weights``: (B, n_styles, 1, w) -> (B, C, H, W)."""
        scale, shift = (mix_styles(each, style_weights, x.shape[3]) for each in (self.weight, self.bias))
        return F.instance_norm(x) * scale + shift


class ConvLayer(nn.Module):
    """Nearest-neighbour upsampling, reflection padding, convolution, conditional instance normalisation."""

    def __init__(
        self,
        *,
        n_styles: int,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        upsample: int = 1,
    ) -> None:
        super().__init__()
        self.upsample, self.padding = upsample, kernel_size // 2
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, bias=False)
        self.norm = ConditionalInstanceNorm2d(n_styles=n_styles, num_features=out_channels)

    def forward(self, x: Tensor, style_weights: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H * upsample / stride, W * upsample / stride)."""
        return last(self.parts(x, style_weights))

    def parts(self, x: Tensor, style_weights: Tensor) -> Iterator[Tensor]:
        """The same in two parts: the output of the convolution, and that of the layer."""
        if self.upsample > 1:
            x = F.interpolate(x, scale_factor=self.upsample, mode="nearest")
        x = self.conv(F.pad(x, (self.padding,) * 4, mode="reflect"))
        yield x
        yield self.norm(x, style_weights)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and an identity skip: (B, C, H, W) -> the same shape."""

    def __init__(self, *, n_styles: int, channels: int) -> None:
        super().__init__()
        self.conv1 = ConvLayer(n_styles=n_styles, in_channels=channels, out_channels=channels, kernel_size=3)
        self.conv2 = ConvLayer(n_styles=n_styles, in_channels=channels, out_channels=channels, kernel_size=3)

    def forward(self, x: Tensor, style_weights: Tensor) -> Tensor:
        output: Tensor = x + self.conv2(self.conv1(x, style_weights).relu(), style_weights)
        return output


def is_style_parameter(name: str) -> bool:
    """Whether a parameter belongs to one style, and is not a convolution that all styles share."""
    return name == "skip_scale" or name.endswith((".norm.weight", ".norm.bias"))


def concatenate_styles(networks: "Sequence[StyleNet]") -> "StyleNet":
    """One network with the styles of all.

    They must have the same convolutions; the result shares those of the first, without a copy.
    """
    states = [network.state_dict() for network in networks]
    state = {
        name: torch.cat([state[name] for state in states]) if is_style_parameter(name) else tensor
        for name, tensor in states[0].items()
    }
    first = networks[0]
    with torch.device("meta"):
        network = StyleNet(
            n_styles=sum(each.n_styles for each in networks), channels=first.channels, n_blocks=first.n_blocks
        )
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)


class StyleNet(nn.Module):
    """``channels``: at full resolution; the ``n_blocks`` residual blocks at a quarter of it have four times as many.

    >>> StyleNet(n_styles=2)(torch.rand(1, 3, 30, 41), torch.tensor([[0.5, 0.5]])).shape
    torch.Size([1, 3, 30, 41])
    """

    def __init__(self, *, n_styles: int, channels: int = 16, n_blocks: int = N_BLOCKS) -> None:
        super().__init__()
        self.n_styles, self.channels, self.n_blocks = n_styles, channels, n_blocks

        def conv(inputs: int, outputs: int, kernel_size: int = 3, stride: int = 1, upsample: int = 1) -> ConvLayer:
            return ConvLayer(
                n_styles=n_styles,
                in_channels=inputs,
                out_channels=outputs,
                kernel_size=kernel_size,
                stride=stride,
                upsample=upsample,
            )

        c = channels
        self.stem = conv(3, c, kernel_size=9)
        self.downsample = nn.ModuleList([conv(c, 2 * c, stride=2), conv(2 * c, 4 * c, stride=2)])
        self.blocks = nn.ModuleList(ResidualBlock(n_styles=n_styles, channels=4 * c) for _ in range(n_blocks))
        self.upsample = nn.ModuleList([conv(4 * c, 2 * c, upsample=2), conv(2 * c, c, upsample=2)])
        self.head = conv(c, 3, kernel_size=9)
        self.skip_scale = nn.Parameter(torch.ones(n_styles, 3))  # of the photograph's R, G, B in the skip connection

    def forward(self, pixels: Tensor, style_weights: Tensor) -> Tensor:
        """Render ``pixels``, (B, 3, H, W) in [0, 1] with sides of 16 or more; the output has the same shape and range.

        ``style_weights``: (B, n_styles), which sum to 1, or (B, n_styles, 1, w) for weights that change from left to
        right.
        """
        return last(self.layers(pixels, style_weights))

    def layers(self, pixels: Tensor, style_weights: Tensor) -> Iterator[Tensor]:
        """The same in parts of about equal length: what each computes, and last the output of the network."""
        weights = style_weights if style_weights.ndim == 4 else style_weights[..., None, None]
        height, width = pixels.shape[2:]
        x = F.pad(2 * pixels - 1, (0, -width % 4, 0, -height % 4), mode="reflect")  # sides are multiples of 4
        skip = torch.logit(pixels, LOGIT_EPS) * mix_styles(self.skip_scale, weights, width)  # (B, 3, H, W)
        for layer in cast(Iterable[ConvLayer], (self.stem, *self.downsample)):
            for part in layer.parts(x, weights):
                yield part
            x = part.relu()  # at last (B, 4 c, H / 4, W / 4)
        for block in self.blocks:
            x = block(x, weights)
            yield x
        for layer in cast(Iterable[ConvLayer], self.upsample):
            for part in layer.parts(x, weights):
                yield part
            x = part.relu()  # at last (B, c, H, W)
        for part in self.head.parts(x, weights):
            yield part
        yield (skip + part[..., :height, :width]).sigmoid()
