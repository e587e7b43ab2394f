"""A convolutional autoencoder of 64-pixel pictures, and two of equal size side by side.

The layers are those of the DCGAN (Radford et al. 2016, arXiv:1511.06434): convolutions of stride 2 in the encoder,
batch normalization, leaky ReLU, and tanh at the end. One departure: the decoder upsamples to the nearest neighbour
before a convolution instead of transposing a convolution of stride 2, which leaves a checkerboard in the picture (Odena
et al. 2016, doi:10.23915/distill.00003).
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 64  # of a picture, in pixels
COARSE = 4  # of the smallest map
WIDTHS = (24, 48, 96, 96)  # channels at 32, 16, 8 and 4 pixels
CODE = 128  # numbers of a code
NEGATIVE_SLOPE = 0.2  # of leaky ReLU below zero


def encoder(widths: Sequence[int], code: int) -> nn.Sequential:
    """(B, 3, 64, 64) -> (B, code)."""
    layers: list[nn.Module] = []
    for before, after in pairwise((3, *widths)):
        layers += [
            nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.LeakyReLU(NEGATIVE_SLOPE),
        ]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * COARSE**2, code))


def decoder(widths: Sequence[int], code: int) -> nn.Sequential:
    """(B, code) -> (B, 3, 64, 64) in [-1, 1]."""
    channels = widths[::-1]
    layers: list[nn.Module] = [
        nn.Linear(code, channels[0] * COARSE**2),
        nn.Unflatten(1, (channels[0], COARSE, COARSE)),
        nn.BatchNorm2d(channels[0]),
        nn.LeakyReLU(NEGATIVE_SLOPE),
    ]
    for before, after in pairwise(channels):
        layers += [
            nn.Upsample(scale_factor=2),
            nn.Conv2d(before, after, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.LeakyReLU(NEGATIVE_SLOPE),
        ]
    return nn.Sequential(
        *layers, nn.Upsample(scale_factor=2), nn.Conv2d(channels[-1], 3, kernel_size=3, padding=1), nn.Tanh()
    )


class Autoencoder(nn.Module):
    """``widths``: channels of the encoder's maps, from 32 down to 4 pixels. ``code``: numbers of a code.

    >>> Autoencoder()(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 3, 64, 64])
    """

    def __init__(self, *, widths: Sequence[int] = WIDTHS, code: int = CODE) -> None:
        super().__init__()
        self.encoder = encoder(widths, code)
        self.decoder = decoder(widths, code)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, 64, 64) in [-1, 1] -> its reconstruction, (B, 3, 64, 64) in [-1, 1]."""
        reconstruction: Tensor = self.decoder(self.encoder(x))
        return reconstruction

    def pooled_maps(self, x: Tensor) -> Tensor:
        """The last three maps of the encoder, averaged to 2 x 2 places: (B, 3, 64, 64) in [-1, 1] -> (B, 960)."""
        maps: list[Tensor] = []
        for layer in self.encoder[:-2]:
            x = layer(x)
            if isinstance(layer, nn.LeakyReLU):
                maps.append(F.adaptive_avg_pool2d(x, 2).flatten(1))
        return torch.cat(maps[-3:], 1)


class AutoencoderPair(nn.Module):
    """Two students of one architecture: ``pixel`` learns by a loss on pixels, ``perceptual`` by one on features too."""

    def __init__(self, *, widths: Sequence[int] = WIDTHS, code: int = CODE) -> None:
        super().__init__()
        self.pixel = Autoencoder(widths=widths, code=code)
        self.perceptual = Autoencoder(widths=widths, code=code)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``x``: (B, 3, 64, 64) in [-1, 1] -> both reconstructions, of the pixel student first."""
        return self.pixel(x), self.perceptual(x)
