"""A classifier as a program of ``torch.export``."""

import io
import json

import torch
from torch import Tensor, nn

from zoo.core.cards import Card
from zoo.core.errors import UnavailableError
from zoo.core.preprocessing import Preprocessing
from zoo.exhibits.train.exports.card_texts import card_text


class Probabilities(nn.Module):
    """Calibrated probabilities (B, num_classes) of pixels (B, 3, S, S) in [0, 1]."""

    def __init__(self, network: nn.Module, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.network(pixels)
        return (logits / self.temperature).softmax(1)


def export_program(card: Card, network: nn.Module) -> tuple[bytes, float]:
    """The .pt2 file, and the largest difference of its probabilities from the network's on pixels of noise.

    It takes pixels of the view for large pictures, S being its ``crop``; ``preprocessing.json`` inside has them all.
    Raises UnavailableError for a network that torch.export cannot trace.
    """
    view = Preprocessing.from_config(card.config["preprocessing"]).views[-1]
    probabilities = Probabilities(network, view.temperature).eval()
    pixels = torch.rand(2, 3, view.crop, view.crop, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            program = torch.export.export(probabilities, (pixels,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    except Exception as error:  # what torch.export raises has no common base
        raise UnavailableError(f"torch.export cannot trace {card.name} ({type(error).__name__}): use ONNX.") from error
    file = io.BytesIO()
    texts = {
        "classes.json": json.dumps([each.label for each in card.classes], ensure_ascii=False),
        "preprocessing.json": json.dumps(card.config["preprocessing"]),
        "README.md": card_text(card),
    }
    torch.export.save(program, file, extra_files=texts)
    file.seek(0)
    with torch.no_grad():
        again: Tensor = torch.export.load(file).module()(pixels[:1])
        difference = float((again - probabilities(pixels[:1])).abs().max())
    return file.getvalue(), difference
