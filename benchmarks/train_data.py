"""What Train's benchmark trains and measures on: pictures by label, trainings with their time, and memory."""

import os
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from zoo.core import user_models
from zoo.core.images import decode_image
from zoo.core.steps import run_to_completion
from zoo.exhibits.classify import probabilities
from zoo.exhibits.train import Training, TrainKnobs, features
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.measures import expected_calibration_error
from zoo.exhibits.train.training import train_dataset

OWNER = "benchmark"
CLASSES = ("airplane", "automobile", "bird", "cat", "deer")
Labelled = tuple[bytes, str]


def tar_pictures(path: Path) -> list[Labelled]:
    """Files and their folders."""
    with tarfile.open(path) as archive:
        files = [member for member in archive if member.isfile()]
        return [(archive.extractfile(each).read(), each.name.split("/")[-2]) for each in files]  # type: ignore[union-attr]


def cifar_pictures(images: Path) -> dict[str, list[bytes]]:
    """The files of the five classes."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(images / "cifar10_train.parquet", columns=["image", "label"])
    pool: dict[str, list[bytes]] = {name: [] for name in CLASSES}
    for image, label in zip(table["image"].to_pylist(), table["label"].to_pylist(), strict=True):
        if label < len(CLASSES):
            pool[CLASSES[label]].append(image)
    return pool


def tiny_pictures(images: Path) -> list[Labelled]:
    """100 files of each of 50 classes."""
    import pyarrow.parquet as parquet

    pool: dict[int, list[bytes]] = {}
    for batch in parquet.ParquetFile(images / "tiny_imagenet_train.parquet").iter_batches(
        1000, columns=["image", "label"]
    ):
        for row in batch.to_pylist():
            if row["label"] < 50 and len(pool.setdefault(row["label"], [])) < 100:
                pool[row["label"]].append(row["image"])
    return [(data, f"class {label}") for label, files in sorted(pool.items()) for data in files]


def parted(pictures: Sequence[Labelled], fraction: float, seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """Those to train on, and a fraction of each class, drawn by a seed, that the training does not get."""
    rng = np.random.default_rng(seed)
    sealed: set[int] = set()
    for label in sorted({label for _, label in pictures}):
        members = [index for index, each in enumerate(pictures) if each[1] == label]
        sealed |= {members[place] for place in rng.permutation(len(members))[: round(fraction * len(members))]}
    return (
        [each for index, each in enumerate(pictures) if index not in sealed],
        [each for index, each in enumerate(pictures) if index in sealed],
    )


def drawn(pool: dict[str, list[bytes]], count: int, rest: int, seed: int) -> tuple[list[Labelled], list[Labelled]]:
    """``count`` pictures of each class, and ``rest`` others of each."""
    rng, known, other = np.random.default_rng(seed), [], []
    for label, files in pool.items():
        chosen = [files[place] for place in rng.permutation(len(files))[: count + rest]]
        known += [(data, label) for data in chosen[:count]]
        other += [(data, label) for data in chosen[count:]]
    return known, other


def dataset_of(pictures: Sequence[Labelled]) -> Dataset:
    """A dataset whose items are named by their number."""
    for each in Dataset.owned(OWNER):
        if len(Dataset.owned(OWNER)) > 2:
            each.remove()
    dataset = Dataset.create(OWNER)
    for label in sorted({label for _, label in pictures}):
        dataset.add_files([(str(n), data) for n, (data, each) in enumerate(pictures) if each == label], label)
    return dataset


def timed(dataset: Dataset, **knobs: Any) -> tuple[Training, float]:
    """A training without cached features, and its seconds."""
    features.cache.clear()
    clear_models()
    start = time.perf_counter()
    training = run_to_completion(train_dataset(dataset, TrainKnobs(**knobs), OWNER))
    return training, time.perf_counter() - start


def clear_models() -> None:
    """Remove the models of the trainings before, of which an owner may have ten."""
    for card in user_models.owned(OWNER)[:-2]:
        user_models.remove(card.name)


def judged(training: Training, pictures: Sequence[Labelled]) -> tuple[float, float]:
    """Accuracy and ECE of the saved model on pictures, as Classify computes them."""
    images = [decode_image(data) for data, _ in pictures]
    scores = np.concatenate([probabilities(training.model, images[n : n + 8]) for n in range(0, len(images), 8)])
    truth = np.array([training.classes.index(label) for _, label in pictures])
    return float((scores.argmax(1) == truth).mean()), expected_calibration_error(truth, scores)


def resident() -> float:
    """The bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def watched(read: Callable[[], float]) -> Iterator[list[float]]:
    """A reading in 0.05 s, taken in a thread inside the block."""
    readings, stop = [read()], threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            readings.append(read())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield readings
    finally:
        stop.set()
        thread.join()
