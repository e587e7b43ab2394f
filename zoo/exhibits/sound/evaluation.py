"""Accuracy, and recall per class, on clips that are named like those of ESC-50."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np

from zoo.core.errors import InputError
from zoo.core.evaluation import NoKnownClassError, ProgressCallback, files_at
from zoo.core.sounds import decode_sound
from zoo.exhibits.sound.knobs import RATE
from zoo.exhibits.sound.predict import probabilities, sound_cards
from zoo.exhibits.sound.windows import Samples, window

SOUND_SUFFIXES = {".wav", ".ogg", ".mp3", ".flac", ".m4a", ".aac", ".aiff", ".opus", ".webm"}
BATCH_SIZE = 16


@dataclass(frozen=True)
class Evaluation:
    """``accuracy`` over the ``n`` clips, and ``recall`` of each class that occurs, as fractions."""

    model: str
    accuracy: float
    n: int
    recall: dict[str, float]


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """The first five seconds of each clip in a folder or a tar.

    A clip's name ends in its class index, as in ``5-1-A-17.wav``. ``average`` as the model pools the
    bundled ones of ESC-50.
    Raises InputError when a clip or the path cannot be read, NoKnownClassError when no name has a class index.
    """
    card = sound_cards(model)[0]
    indices = {name.id: index for index, name in enumerate(card.classes)}
    files = files_at(path, SOUND_SUFFIXES)
    if files is None:
        raise InputError(f"{path} is neither a folder nor a tar of sounds.")
    predictions: list[int] = []
    targets: list[int] = []
    done = 0
    while batch := list(islice(files.samples, BATCH_SIZE)):
        known = [(data, name) for data, name in batch if class_id(name) in indices]
        if known:
            predictions += probabilities(model, [_first_window(data, name) for data, name in known]).argmax(1).tolist()
            targets += [indices[class_id(name)] for _, name in known]
        done += len(batch)
        if watch:
            watch(done, files.total)
    if not targets:
        raise NoKnownClassError(f"No clip at {path} has a name that ends in its class index, as in 5-1-A-17.wav.")
    truth, correct = np.array(targets), np.array(targets) == np.array(predictions)
    recall = {card.classes[index].label: float(correct[truth == index].mean()) for index in np.unique(truth)}
    return Evaluation(model, float(correct.mean()), len(targets), recall)


def class_id(name: PurePosixPath) -> str:
    """The class in a name such as ``5-12345-A-17.wav``: 17."""
    return name.stem.rsplit("-", 1)[-1]


def _first_window(data: bytes, name: PurePosixPath) -> Samples:
    try:
        return window(decode_sound(data, RATE))
    except InputError as error:
        raise type(error)(f"{name}: {error}") from error
