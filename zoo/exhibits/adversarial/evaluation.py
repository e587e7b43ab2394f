"""Accuracy of an image classifier on labelled pictures: clean, under FGSM, and under ten steps of PGD."""

from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from zoo.core.cards import Card
from zoo.core.evaluation import NoKnownClassError, ProgressCallback, class_indices, labelled_pictures
from zoo.core.preprocessing import View
from zoo.core.runtime import get_runtime
from zoo.exhibits.adversarial.attacks import fgsm, gradient_sign, pgd, random_start
from zoo.exhibits.adversarial.context import classifier_card, model_view, predict, preprocess, to_pixels

BATCH = 32
STEPS = 10


@dataclass(frozen=True)
class Evaluation:
    """Accuracy on ``n`` pictures, as fractions: ``clean``, after one step (``fgsm``), after ten (``pgd10``)."""

    model: str
    clean: float
    fgsm: float
    pgd10: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None, epsilon: float = 8 / 255) -> Evaluation:
    """Attack the true class of each picture with ``epsilon`` in [0, 1], at the size that the model takes.

    PGD starts at random (seed 0) and takes ten steps of a quarter of epsilon. Raises InputError when the path cannot
    be read, NoKnownClassError when no picture is of a class that the model has.
    """
    card = classifier_card(model)
    indices = class_indices(card)
    correct = torch.zeros(3, dtype=torch.long)
    n = done = 0
    generator = torch.Generator().manual_seed(0)
    pictures = labelled_pictures(path)
    while batch := list(islice(pictures.samples, BATCH)):
        done += len(batch)
        known = [(sample.image, indices[sample.label]) for sample in batch if sample.label in indices]
        for view in dict.fromkeys(model_view(image, card) for image, _ in known):
            group = [(image, index) for image, index in known if model_view(image, card) == view]
            pixels = torch.cat([to_pixels(preprocess(image, card)) for image, _ in group])
            labels = torch.tensor([index for _, index in group])
            correct += _correct(card, view, pixels, labels, epsilon, generator)
        n += len(known)
        if watch:
            watch(done, pictures.total)
    if not n:
        raise NoKnownClassError(f"No picture at {path} is of a class that {model} has.")
    clean, after_fgsm, after_pgd = (count / n for count in correct.tolist())
    return Evaluation(model, clean, after_fgsm, after_pgd, n)


def _correct(
    card: Card, view: View, pixels: Tensor, labels: Tensor, epsilon: float, generator: torch.Generator
) -> Tensor:
    """(3,) how many of a batch are classified correctly: clean, under FGSM, under PGD."""

    def sign_of(inputs: Tensor) -> Tensor:
        return get_runtime().run(partial(gradient_sign, pixels=inputs, labels=labels), card.name)

    start = random_start(pixels, epsilon, generator)
    (*_, after_pgd) = pgd(sign_of, pixels, epsilon, epsilon / 4, STEPS, start)
    batches = (pixels, fgsm(pixels, sign_of(pixels), epsilon), after_pgd)
    return torch.tensor([int((predict(card, view, batch).argmax(1) == labels.numpy()).sum()) for batch in batches])
