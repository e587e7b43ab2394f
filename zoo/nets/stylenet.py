"""A feed-forward painter of several styles (Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155).

All styles share the filters and differ in the scales and shifts of the instance normalisation (Ulyanov et al. 2016,
arXiv:1607.08022; Dumoulin et al. 2016, arXiv:1610.07629), so that styles can be mixed and a new one costs little. It
enlarges by repeating pixels before a convolution, which leaves no checkerboard (Odena et al. 2016,
doi:10.23915/distill.00003), and mirrors the picture at its borders, which leaves no halo. What it computes is added to
the photograph, so that it begins where optimisation begins: without that, two thousand steps left it little content.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DEPTH = 7  # blocks inside
NEARLY = 0.02  # black and white, as far as the logit goes


def mixed(numbers: Tensor, mix: Tensor, width: int) -> Tensor:
    """(styles, C) numbers by (B, styles, 1, w) weights, stretched to a picture's ``width`` -> (B, C, 1, width or 1)."""
    if mix.shape[3] > 1:
        mix = F.interpolate(mix, (1, width), mode="bilinear", align_corners=True)
    return torch.einsum("bshw,sc->bchw", mix, numbers)


class StyledNorm(nn.Module):
    """Instance normalisation whose (styles, channels) scales and shifts are mixed, here so and there otherwise."""

    def __init__(self, styles: int, channels: int) -> None:
        super().__init__()
        self.scales = nn.Parameter(torch.ones(styles, channels))
        self.shifts = nn.Parameter(torch.zeros(styles, channels))

    def forward(self, x: Tensor, mix: Tensor) -> Tensor:
        """(B, C, H, W) and (B, styles, h, w), stretched over the picture -> (B, C, H, W)."""
        return F.instance_norm(x) * mixed(self.scales, mix, x.shape[3]) + mixed(self.shifts, mix, x.shape[3])


class Layer(nn.Module):
    """Enlarge, mirror the borders, filter, normalise for the style."""

    def __init__(self, styles: int, inputs: int, outputs: int, kernel: int, stride: int = 1, enlarge: int = 1) -> None:
        super().__init__()
        self.enlarge, self.border = enlarge, kernel // 2
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, bias=False)
        self.norm = StyledNorm(styles, outputs)

    def forward(self, x: Tensor, mix: Tensor) -> Tensor:
        if self.enlarge > 1:
            x = F.interpolate(x, scale_factor=self.enlarge, mode="nearest")
        normal: Tensor = self.norm(self.conv(F.pad(x, (self.border,) * 4, mode="reflect")), mix)
        return normal


class Residual(nn.Module):
    def __init__(self, styles: int, width: int) -> None:
        super().__init__()
        self.first, self.second = Layer(styles, width, width, 3), Layer(styles, width, width, 3)

    def forward(self, x: Tensor, mix: Tensor) -> Tensor:
        added: Tensor = x + self.second(self.first(x, mix).relu(), mix)
        return added


def joined(networks: "Sequence[StyleNet]") -> "StyleNet":
    """One network with the styles of all; they must have been learnt on the same filters, which it shares with them."""
    states = [network.state_dict() for network in networks]
    state = {
        name: torch.cat([each[name] for each in states]) if is_style(name) else tensor
        for name, tensor in states[0].items()
    }
    with torch.device("meta"):
        network = StyleNet(sum(each.styles for each in networks), networks[0].width, networks[0].depth)
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)


def is_style(name: str) -> bool:
    """Whether a tensor is a style's own, and not a filter that all styles share."""
    return name == "keep" or name.endswith((".norm.scales", ".norm.shifts"))


class StyleNet(nn.Module):
    """A photograph painted in a mixture of ``styles``; ``width``: channels at full size, four times as many inside.

    >>> StyleNet(2)(torch.rand(1, 3, 30, 41), torch.tensor([[0.5, 0.5]])).shape
    torch.Size([1, 3, 30, 41])
    """

    def __init__(self, styles: int, width: int = 16, depth: int = DEPTH) -> None:
        super().__init__()
        self.styles, self.width, self.depth = styles, width, depth
        self.begin = Layer(styles, 3, width, 9)
        self.shrink = nn.ModuleList(
            [Layer(styles, width, 2 * width, 3, stride=2), Layer(styles, 2 * width, 4 * width, 3, stride=2)]
        )
        self.inside = nn.ModuleList(Residual(styles, 4 * width) for _ in range(depth))
        self.grow = nn.ModuleList(
            [Layer(styles, 4 * width, 2 * width, 3, enlarge=2), Layer(styles, 2 * width, width, 3, enlarge=2)]
        )
        self.end = Layer(styles, width, 3, 9)
        self.keep = nn.Parameter(torch.ones(styles, 3))  # how much of the photograph's red, green and blue shows

    def forward(self, pixels: Tensor, mix: Tensor) -> Tensor:
        """(B, 3, H, W) in [0, 1] with sides of 16 or more, and weights that sum to 1 -> the same shape.

        ``mix``: (B, styles), or (B, styles, 1, w) for weights that change from left to right.
        """
        mix = mix if mix.ndim == 4 else mix[..., None, None]
        height, width = pixels.shape[2:]
        x = F.pad(2 * pixels - 1, (0, -width % 4, 0, -height % 4), mode="reflect")
        photograph = torch.logit(pixels, NEARLY) * mixed(self.keep, mix, width)
        for layer in (self.begin, *self.shrink):
            x = layer(x, mix).relu()
        for block in self.inside:
            x = block(x, mix)
        for layer in self.grow:
            x = layer(x, mix).relu()
        painted: Tensor = (photograph + self.end(x, mix)[..., :height, :width]).sigmoid()
        return painted
