"""The accuracy of a network that reads digits, on labelled pictures."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch

from zoo.core.cards import require_card
from zoo.core.evaluation import NoKnownClassError, ProgressCallback, class_indices, labelled_pictures
from zoo.exhibits.digits.ink import ink_of
from zoo.exhibits.digits.predict import EXHIBIT, centred_ink, probabilities

BATCH = 250


@dataclass(frozen=True)
class Evaluation:
    """``accuracy``: the fraction of the ``n`` pictures of a digit whose most probable digit is right."""

    model: str
    accuracy: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """The accuracy among the ten digits.

    ``path``: as in ``zoo.core.evaluation.labelled_pictures``, with labels 0 to 9. Raises InputError when the path
    cannot be read, NoKnownClassError when it has no picture of a digit.
    """
    indices = class_indices(require_card(model, EXHIBIT))
    right = n = done = 0
    pictures = labelled_pictures(path)
    while batch := list(islice(pictures.samples, BATCH)):
        done += len(batch)
        if watch:
            watch(done, pictures.total)
        known = [(sample.image, indices[sample.label]) for sample in batch if indices.get(sample.label, 10) < 10]
        if not known:
            continue
        centred = torch.cat([centred_ink(ink_of(image).values) for image, _ in known])
        best = probabilities(model, centred)[:, :10].argmax(1)
        right += sum(int(guess) == target for guess, (_, target) in zip(best, known, strict=True))
        n += len(known)
    if not n:
        raise NoKnownClassError(f"No picture at {path} is of a digit from 0 to 9.")
    return Evaluation(model, right / n, n)
