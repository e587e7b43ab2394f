"""A linear probe: how well logistic regression tells classes from codes, from raw pixels and from random weights."""

from collections import Counter
from os import PathLike

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.core.background import advanced_in_background, in_background
from zoo.core.cards import find_card
from zoo.core.errors import InputError
from zoo.core.inputs import as_archive
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps
from zoo.exhibits.autoencoder.knobs import START, LearnKnobs, ProbeKnobs
from zoo.exhibits.autoencoder.learning import StateLike, reading, state_bytes
from zoo.exhibits.autoencoder.pictures import PictureSet
from zoo.exhibits.autoencoder.reconstruction import with_students
from zoo.exhibits.autoencoder.results import Probe, ProbeScore
from zoo.exhibits.autoencoder.students import NAMES, Students

FEW = 5  # pictures of a class at least
BATCH = 64
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)  # inverse strengths, of which the best on a part of the training set is used
TRIED = 0.25  # of the training set, for that choice
ITERATIONS, TOLERANCE = 2000, 1e-3
RAW = "raw pixels"


def probe(archive: "str | PathLike[str]", state: StateLike = "", knobs: ProbeKnobs | None = None) -> Steps[Probe]:
    """Train logistic regression on the pictures of class folders, and measure it on others of them; a job.

    Raises InputError for less than two classes with five pictures each, or a state that cannot be used.
    """
    return _probe(as_archive(archive), state_bytes(state), knobs or ProbeKnobs())


def _probe(path: "PathLike[str]", state: bytes | None, knobs: ProbeKnobs) -> Steps[Probe]:
    brought = yield from advanced_in_background(reading(path), "Reading the pictures")  # type: ignore[arg-type]
    classes, labels = numbered(brought)
    raw = brought.pixels.flatten(1).numpy().astype(np.float32) / np.float32(255)
    features: dict[str, NDArray[np.float32]] = {RAW: raw.astype(np.float32)}
    features |= with_students(lambda students: code_features(students, brought.pixels), state)
    features |= get_runtime().run(lambda: random_features(brought.pixels), seed=knobs.seed)
    yield Progress(1, len(features) + 1, "The codes are computed")
    train, test = divided(labels, knobs.test_share, knobs.seed)
    scores = []
    for number, (name, values) in enumerate(features.items(), 2):
        record = Progress(number, len(features) + 1, f"Logistic regression on {name}")
        accuracy = yield from in_background(
            lambda values=values: probe_accuracy(values, labels, train, test, knobs.seed),  # type: ignore[misc]
            lambda record=record: record,  # type: ignore[misc]
        )
        scores.append(ProbeScore(name, values.shape[1], accuracy))
    baseline = max(Counter(labels[test].tolist()).values()) / len(test)
    restriction = find_card(START).restriction
    return Probe(tuple(scores), classes, len(train), len(test), baseline, restriction, brought.left_out)


def numbered(brought: PictureSet) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The classes, and the index of each picture's. Raises InputError for too few of them."""
    counts = Counter(brought.labels)
    classes = tuple(sorted(counts))
    if len(classes) < 2:
        raise InputError("A probe needs at least two classes: put the pictures of each class into a folder.")
    label, count = min(counts.items(), key=lambda item: item[1])
    if count < FEW:
        where = f"The class {label}" if label else "Outside of the folders"
        raise InputError(f"{where} has {count} of the pictures: each class needs at least {FEW}.")
    index = {label: number for number, label in enumerate(classes)}
    return classes, np.array([index[label] for label in brought.labels], np.int64)


def code_features(students: Students, pixels: Tensor) -> dict[str, NDArray[np.float32]]:
    """(N, 128) codes and (N, 960) pooled maps by each student. On the worker."""
    features = {}
    for name in NAMES:
        parts = torch.split(pixels, BATCH)
        features[f"code, {name} student"] = torch.cat([students.codes(part, name) for part in parts]).numpy()
        features[f"maps, {name} student"] = torch.cat([students.pooled_maps(part, name) for part in parts]).numpy()
    return features


def random_features(pixels: Tensor) -> dict[str, NDArray[np.float32]]:
    """The same by an encoder with random weights. On the worker."""
    students = Students(LearnKnobs(start="nothing"), get_runtime().device)
    features = code_features(students, pixels)
    return {f"{kind}, random weights": features[f"{kind}, pixel student"] for kind in ("code", "maps")}


def divided(labels: NDArray[np.int64], test_share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices to train on and to test on, the same share of each class."""
    from sklearn.model_selection import StratifiedShuffleSplit  # takes a second

    ratio = max(test_share, len(set(labels.tolist())) / len(labels))  # at least one picture a class, on average
    splitter = StratifiedShuffleSplit(1, test_size=ratio, random_state=seed)
    train, test = next(splitter.split(labels, labels))
    return train, test


def probe_accuracy(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    seed: int,
) -> float:
    """The accuracy of logistic regression on standardised features.

    Its penalty is the best of five on a part of the training pictures; the test pictures choose nothing.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(features[train])
    values = scaler.transform(features)
    if values.shape[1] > len(train):  # what is outside the span of the training pictures has no effect on such a model
        values = values @ np.linalg.qr(values[train].T)[0]
    inner, tried = divided(labels[train], TRIED, seed)
    inner, tried = train[inner], train[tried]

    def fitted(penalty: float, rows: NDArray[np.int64]) -> LogisticRegression:
        return LogisticRegression(C=penalty, max_iter=ITERATIONS, tol=TOLERANCE).fit(values[rows], labels[rows])

    best = max(PENALTIES, key=lambda penalty: fitted(penalty, inner).score(values[tried], labels[tried]))
    return float(fitted(best, train).score(values[test], labels[test]))
