from .knobs import DEFAULT_MODEL, TrainKnobs
from .results import Curves, Epoch, Scored, Training
from .training import train, train_dataset

__all__ = [
    "DEFAULT_MODEL",
    "Curves",
    "Epoch",
    "Scored",
    "TrainKnobs",
    "Training",
    "train",
    "train_dataset",
]
