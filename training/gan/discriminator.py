"""The discriminators of the two recipes; only generators are bundled."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


def _plain(layer: nn.Module) -> nn.Module:
    return layer


class Discriminator(nn.Module):
    """Strided convolutions, a score of how real a picture is.

    ``spectral``: spectral normalisation of each layer (Miyato et al. 2018, arXiv:1802.05957) in place of batch
    normalisation. ``n_classes``: where not 0, the score has a part that is the product of the features and a vector of
    the class (Miyato and Koyama 2018, arXiv:1802.05637).
    """

    def __init__(self, *, channels: int = 64, n_classes: int = 0, spectral: bool = True) -> None:
        super().__init__()
        c, wrap = channels, spectral_norm if spectral else _plain

        def conv(before: int, after: int, kernel: int, stride: int, norm: bool = True) -> list[nn.Module]:
            with_norm = norm and not spectral
            layer = wrap(nn.Conv2d(before, after, kernel, stride, 1, bias=not with_norm))
            return [layer, *([nn.BatchNorm2d(after)] if with_norm else []), nn.LeakyReLU(0.2)]

        self.features = nn.Sequential(
            *conv(1, c, 4, 2, norm=False),  # 14 x 14
            *conv(c, 2 * c, 4, 2),  # 7 x 7
            *conv(2 * c, 4 * c, 3, 2),  # 4 x 4
            nn.Flatten(),
        )
        self.score = wrap(nn.Linear(4 * c * 16, 1))
        self.classes = wrap(nn.Embedding(n_classes, 4 * c * 16)) if n_classes else None

    def forward(self, pixels: Tensor, labels: Tensor) -> Tensor:
        """(B, 1, 28, 28) and (B,) class indices -> (B,) scores."""
        features = self.features(pixels)
        scores: Tensor = self.score(features)[:, 0]
        if self.classes is not None:
            scores = scores + (self.classes(labels) * features).sum(1)
        return scores


def initialise(module: nn.Module) -> None:
    """As Radford et al. 2016: weights of a normal distribution with a standard deviation of 0.02."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)
            torch.nn.init.zeros_(layer.bias)
