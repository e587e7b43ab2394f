"""Top-1 and top-5 accuracy of a classifier on labelled pictures."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from zoo.core.cards import find_card
from zoo.core.evaluation import NoKnownClassError, ProgressCallback, class_indices, labelled_pictures
from zoo.exhibits.classify.predict import probabilities

BATCH = 32


@dataclass(frozen=True)
class Evaluation:
    """``top1`` and ``top5`` as fractions of the ``n`` pictures whose class the model has."""

    model: str
    top1: float
    top5: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """Accuracy among all of the model's classes, on the pictures whose class it has.

    ``path``: as in ``zoo.core.evaluation.labelled_pictures``. A class is matched by WordNet id where both sides have
    one, else by label, else by its index.
    Raises InputError when the path cannot be read, NoKnownClassError when no picture is of a class that the model has.
    """
    card = find_card(model)
    indices = class_indices(card)
    top1 = top5 = n = done = 0
    pictures = labelled_pictures(path)
    while batch := list(islice(pictures.samples, BATCH)):
        done += len(batch)
        if watch:
            watch(done, pictures.total)
        known = [(sample.image, indices[sample.label]) for sample in batch if sample.label in indices]
        if not known:
            continue
        scores = probabilities(model, [image for image, _ in known])
        best = np.argsort(-scores, axis=1, kind="stable")[:, :5]
        hits = best == np.array([target for _, target in known])[:, None]  # (B, 5)
        top1 += int(hits[:, 0].sum())
        top5 += int(hits.any(1).sum())
        n += len(known)
    if not n:
        raise NoKnownClassError(f"No picture at {path} is of a class that {model} has.")
    return Evaluation(model, top1 / n, top5 / n, n)
