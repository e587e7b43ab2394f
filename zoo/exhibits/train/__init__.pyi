from .knobs import DEFAULT_MODEL, TrainKnobs
from .previews import AugmentationPreview, PreviewKnobs, preview_transforms
from .results import Curves, Epoch, Scored, Training
from .training import train, train_dataset

__all__ = [
    "DEFAULT_MODEL",
    "AugmentationPreview",
    "Curves",
    "Epoch",
    "PreviewKnobs",
    "Scored",
    "TrainKnobs",
    "Training",
    "preview_transforms",
    "train",
    "train_dataset",
]
