"""A deep convolutional generator of small grey pictures (Radford, Metz and Chintala 2016, arXiv:1511.06434).

Batch normalisation and ReLU after each layer, transposed convolutions for upsampling, tanh at the end. It departs from
the paper in its size, in one more convolution at the lowest and at the highest resolution, and in its input: where
there are classes, their weights follow the noise (Mirza and Osindero 2014, arXiv:1411.1784).
"""

from torch import Tensor, nn

START = 7  # pixels a side, from which two layers double


class DCGANGenerator(nn.Module):
    """``latent``: numbers of noise. ``n_classes``: 0 for a generator that is given no class. 28 x 28 pixels come out.

    >>> import torch
    >>> DCGANGenerator(latent=8, n_classes=10, channels=16)(torch.zeros(1, 18)).shape
    torch.Size([1, 1, 28, 28])
    """

    def __init__(self, *, latent: int, n_classes: int = 0, channels: int = 128) -> None:
        super().__init__()
        self.latent, self.n_classes, self.channels = latent, n_classes, channels
        c = channels
        self.project = nn.Linear(latent + n_classes, c * START**2, bias=False)
        self.start = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU())
        self.body = nn.Sequential(
            *(nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU()),
            *(nn.ConvTranspose2d(c, c // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(c // 2), nn.ReLU()),
            *(nn.ConvTranspose2d(c // 2, c // 4, 4, 2, 1, bias=False), nn.BatchNorm2d(c // 4), nn.ReLU()),
            *(nn.Conv2d(c // 4, 1, 3, padding=1), nn.Tanh()),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, latent + n_classes): noise, then the weights of the classes -> (B, 1, 28, 28) in [-1, 1]."""
        x = self.project(inputs).unflatten(1, (self.channels, START, START))
        pictures: Tensor = self.body(self.start(x))
        return pictures


class SmallConvNet(nn.Module):
    """A classifier of 28 x 28 grey pictures whose features, before its last layer, compare sets of pictures.

    >>> import torch
    >>> SmallConvNet(num_classes=10, channels=16)(torch.zeros(1, 1, 28, 28)).shape
    torch.Size([1, 10])
    """

    def __init__(self, *, num_classes: int, channels: int = 32) -> None:
        super().__init__()
        c = channels
        self.features = nn.Sequential(
            *(nn.Conv2d(1, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(c, 2 * c, 3, padding=1, bias=False), nn.BatchNorm2d(2 * c), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(2 * c, 4 * c, 3, padding=1, bias=False), nn.BatchNorm2d(4 * c), nn.ReLU()),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        )
        self.head = nn.Linear(4 * c, num_classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, 1, 28, 28) in [-1, 1] -> logits (B, num_classes)."""
        logits: Tensor = self.head(self.features(pixels))
        return logits
