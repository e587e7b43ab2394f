"""Accuracy and recall per class on clips named like ESC-50's."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np

from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards
from zoo.core.errors import InputError
from zoo.core.evaluation import NoKnownClassError, ProgressCallback, files_at
from zoo.core.sounds import decode_sound
from zoo.exhibits.sound.knobs import RATE
from zoo.exhibits.sound.predict import probabilities, sound_card, window

SOUNDS = {".wav", ".ogg", ".mp3", ".flac", ".m4a", ".aac", ".aiff", ".opus", ".webm"}
BATCH = 16


@dataclass(frozen=True)
class Evaluation:
    """``accuracy`` over the ``n`` clips, and ``recall`` of each class that occurs, as fractions."""

    model: str
    accuracy: float
    n: int
    recall: dict[str, float]


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """The first five seconds of each clip in a folder or a tar; a name ends in its class's number: ``5-1-A-17.wav``.

    ``average`` as the model is the mean of all bundled ones. Raises InputError when a clip or the path cannot be read,
    NoKnownClassError when there is no clip with a number.
    """
    card = exhibit_cards("sound")[0] if model == ENSEMBLE else sound_card(model)
    places = {name.id: index for index, name in enumerate(card.classes)}
    files = files_at(path, SOUNDS)
    if files is None:
        raise InputError(f"{path} is neither a folder nor a tar of sounds.")
    said: list[int] = []
    true: list[int] = []
    done = 0
    while batch := list(islice(files.samples, BATCH)):
        known = [(data, name) for data, name in batch if number_of(name) in places]
        if known:
            said += probabilities(model, [_clip(data, name) for data, name in known]).argmax(1).tolist()
            true += [places[number_of(name)] for _, name in known]
        done += len(batch)
        if watch:
            watch(done, files.total)
    if not true:
        raise NoKnownClassError(f"No clip at {path} has a name that ends in its class's number, as in 5-1-A-17.wav.")
    truth, right = np.array(true), np.array(true) == np.array(said)
    recall = {card.classes[place].label: float(right[truth == place].mean()) for place in np.unique(truth)}
    return Evaluation(model, float(right.mean()), len(true), recall)


def number_of(name: PurePosixPath) -> str:
    """The class in a name such as ``5-12345-A-17.wav``: 17."""
    return name.stem.rsplit("-", 1)[-1]


def _clip(data: bytes, name: PurePosixPath) -> np.ndarray:
    try:
        return window(decode_sound(data, RATE))
    except InputError as error:
        raise type(error)(f"{name}: {error}") from error
