"""What exporting returns. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.results import Hidden


@dataclass(frozen=True)
class Export:
    """A classifier as a file. ``seconds``: that writing it took; ``size_bytes``: of the file.

    ``difference``: the largest difference between its probabilities and those of the model here, on pictures of noise
    that the file was tried on after it was written; with ONNX Runtime, or torch for a torch.export program.
    ``restriction``: of the model, which goes with the file.
    """

    model: str
    export_format: str
    restriction: str
    file_name: str
    mime: str
    size_bytes: int
    seconds: float
    difference: float
    data: Hidden
