"""The discriminator of both recipes; only generators are bundled."""

import torch
from torch import Tensor, nn


class Discriminator(nn.Module):
    """Strided convolutions with batch normalisation and leaky ReLU, then a score of how real a picture is.

    ``n_classes``: where not 0, the score has a part that is the product of the features and a vector of the class
    (Miyato and Koyama 2018, arXiv:1802.05637).
    """

    def __init__(self, *, channels: int = 64, n_classes: int = 0) -> None:
        super().__init__()
        c = channels
        self.features = nn.Sequential(
            *(nn.Conv2d(1, c, 4, 2, 1), nn.LeakyReLU(0.2)),  # 14 x 14
            *(nn.Conv2d(c, 2 * c, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * c), nn.LeakyReLU(0.2)),  # 7 x 7
            *(nn.Conv2d(2 * c, 4 * c, 3, 2, 1, bias=False), nn.BatchNorm2d(4 * c), nn.LeakyReLU(0.2)),  # 4 x 4
            nn.Flatten(),
        )
        self.score = nn.Linear(4 * c * 16, 1)
        self.classes = nn.Embedding(n_classes, 4 * c * 16) if n_classes else None

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
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.Embedding):
            nn.init.normal_(layer.weight, 0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)
            torch.nn.init.zeros_(layer.bias)
