"""Digits: pictures centred as MNIST's are, a perceptron and a small convolutional network for them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

SIDE = 28  # pixels of a normalised picture
BOX = 20  # pixels of the longer side of the ink in it
INK = 0.2  # of the strongest ink: what is weaker does not count for the box
MEAN, STD = 0.1307, 0.3081  # of MNIST's training pictures
Activation = Literal["relu", "tanh", "sigmoid", "gelu"]
ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
}


class Centring(nn.Module):
    """(B, 1, H, W) ink in [0, 1] -> (B, 2, 28, 28): the picture as MNIST's were made, and what lies outside of it.

    The box around the ink is scaled to 20 pixels and its centre of mass placed in the middle (LeCun et al. 1998).
    Resampling is bilinear, over a wider window where pixels are joined. The second channel is 1 beyond the edges of
    the picture, where ink may have been cut off, and 0 inside. A picture without ink stays empty.
    """

    def forward(self, pictures: Tensor) -> Tensor:
        ink = pictures[:, 0]  # (B, H, W)
        height, width = ink.shape[1:]
        y, x = torch.arange(height, dtype=ink.dtype), torch.arange(width, dtype=ink.dtype)
        threshold = INK * ink.amax((1, 2)).clamp(min=1e-3)[:, None]
        (top, bottom), (left, right) = self._extent(ink.amax(2), threshold, y), self._extent(ink.amax(1), threshold, x)
        scale = (torch.maximum(bottom - top, right - left) + 1).clamp(min=1) / BOX
        mass = ink.sum((1, 2)).clamp(min=1e-6)
        rows, inside_rows = self._along((ink.sum(2) * y).sum(1) / mass, scale, y)  # (B, 28, H), (B, 28)
        columns, inside_columns = self._along((ink.sum(1) * x).sum(1) / mass, scale, x)
        inside = inside_rows[:, :, None] * inside_columns[:, None, :]
        return torch.stack([rows @ ink @ columns.transpose(1, 2) * inside, 1 - inside], 1).clamp(0, 1)

    def _extent(self, profile: Tensor, threshold: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """(B,) each: the first and the last position of ink along one side; the whole side where there is none."""
        beyond = torch.full_like(positions, float(len(positions)))
        within = profile > threshold  # (B, N)
        first = torch.where(within, positions, beyond).amin(1)
        last = torch.where(within, positions, -beyond).amax(1)
        return first.clamp(max=len(positions) - 1.0), last.clamp(min=0.0)

    def _along(self, centre: Tensor, scale: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Along one side: the weights of the picture's pixels in each normalised one, and how much of it is inside."""
        offsets = torch.arange(SIDE, dtype=positions.dtype) - (SIDE - 1) / 2
        wanted = centre[:, None] + offsets * scale[:, None]  # (B, 28)
        window = scale.clamp(min=1)[:, None, None]
        weights = (1 - (wanted[:, :, None] - positions).abs() / window).clamp(min=0)  # (B, 28, N)
        weights = weights / weights.sum(2, keepdim=True).clamp(min=1e-3)
        from_start = (wanted + 0.5) / scale[:, None] + 0.5
        to_end = (len(positions) - 0.5 - wanted) / scale[:, None] + 0.5
        return weights, from_start.clamp(0, 1) * to_end.clamp(0, 1)


class DigitMLP(nn.Module):
    """A multilayer perceptron on the 784 pixels: (B, 1 or 2, 28, 28) normalised pictures -> (B, num_classes) logits.

    Of two channels it uses the first. ``hidden``: the units of each layer.
    """

    def __init__(
        self, *, hidden: Sequence[int] = (128,), activation: Activation = "relu", num_classes: int = 10
    ) -> None:
        super().__init__()
        sizes = [SIDE * SIDE, *hidden]
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [nn.Linear(before, after), ACTIVATIONS[activation]()]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(sizes[-1], num_classes)

    def hidden(self, pictures: Tensor) -> list[Tensor]:
        """The activations of each hidden layer: (B, units) each."""
        values, activations = self._pixels(pictures), []
        for index, layer in enumerate(self.layers):
            values = layer(values)
            if index % 2:
                activations.append(values)
        return activations

    def forward(self, pictures: Tensor) -> Tensor:
        logits: Tensor = self.head(self.hidden(pictures)[-1] if len(self.layers) else self._pixels(pictures))
        return logits

    def _pixels(self, pictures: Tensor) -> Tensor:
        return ((pictures[:, 0] - MEAN) / STD).flatten(1)


class DigitCNN(nn.Module):
    """(B, 2, 28, 28) of ``Centring`` -> (B, num_classes) logits; the last class is "not a digit".

    Five convolutions with batch normalization, two of them followed by pooling; then the mean and the maximum of each
    feature map, dropout and a linear layer. ``channels``: of the convolutions at 28, 14 and 7 pixels.
    """

    def __init__(self, *, channels: Sequence[int] = (32, 48, 96), num_classes: int = 11, dropout: float = 0.0) -> None:
        super().__init__()
        first, second, third = channels
        self.features = nn.Sequential(
            _convolution(2, first, 5),
            nn.MaxPool2d(2),
            _convolution(first, second, 3),
            _convolution(second, second, 3),
            nn.MaxPool2d(2),
            _convolution(second, third, 3),
            _convolution(third, third, 3),
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * third, num_classes)

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """The feature maps of each convolution: (B, channels, h, w) each."""
        values = torch.cat([(pictures[:, :1] - MEAN) / STD, pictures[:, 1:]], 1)
        maps = []
        for layer in self.features:
            values = layer(values)
            if not isinstance(layer, nn.MaxPool2d):
                maps.append(values)
        return maps

    def forward(self, pictures: Tensor) -> Tensor:
        last = self.maps(pictures)[-1]
        pooled = torch.cat([last.mean((2, 3)), last.amax((2, 3))], 1)
        logits: Tensor = self.head(self.dropout(pooled))
        return logits


def _convolution(before: int, after: int, size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, size, padding=size // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )
