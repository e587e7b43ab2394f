"""Accuracy of a classifier on labelled pictures: as they are, under FGSM, and under ten steps of PGD."""

from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn

from zoo.core.cards import Card
from zoo.core.evaluation import NoKnownClassError, ProgressCallback, class_indices, labelled_pictures
from zoo.core.loading import class_probabilities
from zoo.core.runtime import get_runtime
from zoo.exhibits.adversarial.attacks import direction, fgsm, iterate, random_start
from zoo.exhibits.adversarial.context import seen, to_pixels, victim, view_of

BATCH = 32
STEPS = 10


@dataclass(frozen=True)
class Evaluation:
    """Fractions of ``n`` pictures named rightly: ``clean``, after one step (``fgsm``), after ten (``pgd10``)."""

    model: str
    clean: float
    fgsm: float
    pgd10: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None, epsilon: float = 8 / 255) -> Evaluation:
    """Attack the true class of each picture with ``epsilon`` in [0, 1], at the size that the model sees.

    PGD starts at random (seed 0) and takes ten steps of a quarter of epsilon. Raises InputError when the path cannot
    be read, NoKnownClassError when no picture is of a class that the model has.
    """
    card = victim(model)
    places = class_indices(card)
    right = torch.zeros(3, dtype=torch.long)
    n = done = 0
    generator = torch.Generator().manual_seed(0)
    pictures = labelled_pictures(path)
    while batch := list(islice(pictures.samples, BATCH)):
        done += len(batch)
        known = [(sample.image, places[sample.label]) for sample in batch if sample.label in places]
        for crop in {view_of(image, card).crop for image, _ in known}:
            alike = [(image, place) for image, place in known if view_of(image, card).crop == crop]
            clean = torch.cat([to_pixels(seen(image, card)) for image, _ in alike])
            labels = torch.tensor([place for _, place in alike])
            right += _right(card, clean, labels, epsilon, generator)
        n += len(known)
        if watch:
            watch(done, pictures.total)
    if not n:
        raise NoKnownClassError(f"No picture at {path} is of a class that {model} has.")
    clean_right, fgsm_right, pgd_right = (count / n for count in right.tolist())
    return Evaluation(model, clean_right, fgsm_right, pgd_right, n)


def _right(card: Card, clean: Tensor, labels: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """How many of a batch are named rightly: clean, under FGSM, under PGD."""

    def look(moved: Tensor) -> Tensor:
        return get_runtime().run(partial(direction, pixels=moved, labels=labels), card.name)

    (*_, worst) = iterate(look, clean, epsilon, epsilon / 4, STEPS, random_start(clean, epsilon, generator))
    every = (clean, fgsm(clean, look(clean), epsilon), worst)
    return torch.tensor([int((_said(card, pictures) == labels).sum()) for pictures in every])


def _said(card: Card, pictures: Tensor) -> Tensor:
    """The place of the most probable class of each."""

    def ask(network: nn.Module) -> Tensor:
        return torch.from_numpy(class_probabilities(network, pictures, 1.0).argmax(1))

    return get_runtime().run(ask, card.name)
