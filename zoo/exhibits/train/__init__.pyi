from .exports.exporting import export_model
from .exports.importing import import_model
from .exports.knobs import ExportKnobs, ImportKnobs
from .exports.results import Export
from .knobs import DEFAULT_MODEL, TrainKnobs
from .previews import AugmentationPreview, PreviewKnobs, preview_transforms
from .results import Curves, Epoch, Scored, Training
from .tensorboard import event_files
from .texts.dataset import TextDataset
from .texts.example import example_table
from .texts.knobs import METHODS, TrainTextsKnobs
from .texts.training import train_text_dataset, train_texts
from .training import train, train_dataset

__all__ = [
    "DEFAULT_MODEL",
    "METHODS",
    "AugmentationPreview",
    "Curves",
    "Epoch",
    "Export",
    "ExportKnobs",
    "ImportKnobs",
    "PreviewKnobs",
    "Scored",
    "TextDataset",
    "TrainKnobs",
    "TrainTextsKnobs",
    "Training",
    "event_files",
    "example_table",
    "export_model",
    "import_model",
    "preview_transforms",
    "train",
    "train_dataset",
    "train_text_dataset",
    "train_texts",
]
