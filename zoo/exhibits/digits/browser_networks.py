"""Both networks in one file for the browser: from the ink of a drawing to what the page shows of it."""

import torch
from torch import Tensor, nn

from zoo.core.cards import require_card
from zoo.core.loading import load
from zoo.core.onnx.networks import network_file
from zoo.exhibits.digits.drawing import RASTER
from zoo.exhibits.digits.predict import EXHIBIT
from zoo.nets.digits import Centring

SHAPE = (1, 1, RASTER, RASTER)


class _Readers(nn.Module):
    """(1, 1, 112, 112) ink -> (1, 784 + classes of each network): the centred picture, then the probabilities."""

    def __init__(self, networks: list[nn.Module], temperatures: list[float]) -> None:
        super().__init__()
        self.centring, self.networks = Centring(), nn.ModuleList(networks)
        self.temperatures = temperatures

    def forward(self, ink: Tensor) -> Tensor:
        centred = self.centring(ink)
        rows = [
            (network(centred) / temperature).softmax(1)
            for network, temperature in zip(self.networks, self.temperatures, strict=True)
        ]
        return torch.cat([centred[:, 0].flatten(1), *rows], 1)


def browser_file(models: list[str]) -> bytes:
    """An ONNX file of these models; its outputs follow one another: 784 pixels, then the classes of each model."""
    networks = [load(name).eval().requires_grad_(False) for name in models]
    temperatures = [float(require_card(name, EXHIBIT).config["temperature"]) for name in models]
    return network_file(_Readers(networks, temperatures).eval(), SHAPE)
