"""What a training takes from a dataset: labels as indices, near-duplicates, and which pictures are for what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import InputError
from zoo.exhibits.train.datasets import Dataset, Item
from zoo.exhibits.train.duplicates import Groups, group_numbers, near_duplicates
from zoo.exhibits.train.results import Split
from zoo.exhibits.train.splitting import folds, split

SAMPLED = 24  # pictures whose size is looked up
SAME = 0.9999  # the cosine of pictures that are the same
LARGEST_GROUP = 0.5  # of a class: of more near-duplicates, some are for validation all the same
FOLDS = 5
MIN_PICTURES = 3  # of a class: one for validation, and two to train on
FEW = 20  # pictures of a class, below which figures mean little


@dataclass(frozen=True)
class Pictures:
    """``items``: those that are not dropped; ``classes``: their labels, sorted."""

    dataset: Dataset
    items: tuple[Item, ...]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> "Pictures":
        """Raises InputError for less than two classes, or one with too few pictures to train on."""
        items = tuple(item for item in dataset.items if not item.dropped)
        counts = Counter(item.label for item in items if not item.test)
        classes = tuple(sorted({item.label for item in items}))
        if not items:
            raise InputError("There are no pictures to train on: bring at least two classes of them.")
        if len(classes) < 2:
            raise InputError(f"There is one class alone, {classes[0]}: bring pictures of at least two.")
        if lacking := [label for label in classes if counts[label] < MIN_PICTURES]:
            number = ("no picture", "one picture", "two pictures")[counts[lacking[0]]]
            raise InputError(
                f"The class {lacking[0]} has {number} to train on, copies counted once: each needs at least "
                f"{MIN_PICTURES}, better {FEW}."
            )
        return cls(dataset, items, classes)

    @property
    def labels(self) -> NDArray[np.int64]:
        """(N,) class indices of the items."""
        index = {label: number for number, label in enumerate(self.classes)}
        return np.array([index[item.label] for item in self.items], np.int64)

    @property
    def counts(self) -> tuple[int, ...]:
        counts = Counter(item.label for item in self.items)
        return tuple(counts[label] for label in self.classes)

    def shorter_side(self) -> float:
        """The median of some pictures, spread over all, in pixels."""
        chosen = self.items[:: -(-len(self.items) // SAMPLED)]
        return median(min(self.dataset.picture(item.id).size) for item in chosen)


@dataclass(frozen=True)
class Divided:
    """Indices among the pictures: of those that are trained on, those for validation, and those for the test.

    ``folds``: the fold of each training picture. ``duplicates``: groups of ids.
    """

    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    folds: tuple[int, ...]
    duplicates: Groups
    notes: tuple[str, ...]

    @property
    def splits(self) -> tuple[Split, ...]:
        """The name of each picture's part."""
        names: list[Split] = ["training"] * (len(self.training) + len(self.validation) + len(self.test))
        for index in self.validation:
            names[index] = "validation"
        for index in self.test:
            names[index] = "test"
        return tuple(names)


def divide(pictures: Pictures, features: NDArray[np.float32], fraction: float, seed: int) -> Divided:
    """Divide the pictures; near-duplicates are on one side. Raises InputError where that leaves nothing."""
    ids = [item.id for item in pictures.items]
    labels = pictures.labels
    duplicates = near_duplicates(features, ids)
    groups, notes = group_numbers(duplicates, ids), []
    known = np.flatnonzero([not item.test for item in pictures.items])
    if label := _dominated(labels[known], groups[known], pictures.classes):
        groups = group_numbers(near_duplicates(features, ids, SAME), ids)
        notes.append(
            f"Most pictures of {label} are nearly the same, so that similar ones are trained on and measured on: the "
            "figures are better than those on other pictures will be."
        )
    training, validation = split(labels[known].tolist(), groups[known], fraction, seed)
    training, validation = known[training], known[validation]
    if not len(validation):
        raise InputError("All pictures of a class are the same: bring different ones.")
    fold = np.zeros(len(training), np.int64)
    for number, (_, held_out) in enumerate(folds(labels[training].tolist(), groups[training], FOLDS, seed)):
        fold[held_out] = number
    test = np.flatnonzero([item.test for item in pictures.items])
    if min(np.bincount(labels[known])) < FEW:
        notes.append(f"Some classes have less than {FEW} pictures: with more, the figures would mean more.")
    return Divided(training, validation, test, tuple(fold.tolist()), duplicates, tuple(notes))


def _dominated(labels: NDArray[np.int64], groups: NDArray[np.int64], classes: Sequence[str]) -> str:
    """The first class of which one group is the larger part, else ""."""
    for number, label in enumerate(classes):
        sizes = np.unique(groups[labels == number], return_counts=True)[1]
        if len(sizes) and sizes.max() > max(1, LARGEST_GROUP * sizes.sum()):
            return label
    return ""
