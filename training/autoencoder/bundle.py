"""From the checkpoint to assets/models/autoencoder-start, measured on pictures that were not trained on."""

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Annotated

import numpy as np
import torch
import typer
from sklearn.model_selection import StratifiedKFold
from torch import Tensor

from training import options
from training.autoencoder.recipe import split
from training.publish import save_model, to_int8, to_metric, write_card
from training.run import CHECKPOINTS
from zoo.core.cards import Metric, bundled_cards
from zoo.core.images import encode_png
from zoo.core.runtime import get_runtime
from zoo.exhibits.autoencoder import START, LearnKnobs, Students, snapshot, to_image
from zoo.exhibits.autoencoder.probing import RAW, code_features, probe_accuracy, random_features

NAME = START
BATCH = 64
FOLDS = 3
SEED = 0


def bundle(data: options.Data) -> None:
    """Write assets/models/autoencoder-start from .checkpoints/autoencoder-start.pt."""
    state = torch.load(CHECKPOINTS / f"{NAME}.pt", weights_only=True)
    config = {
        "exhibit": "autoencoder",
        "title": "Two autoencoders of 64-pixel pictures",
        "architecture": {"kind": "autoencoder-pair"},
    }
    folder = save_model(NAME, config, to_int8(state["network"]))
    words = {"recipe": NAME, "steps": state["step"]}
    template = Path(__file__).with_name("start.md")
    write_card(folder, template, [], words)  # a model is found by its card, and measured as it will be used
    bundled_cards.cache_clear()
    metrics = [*distances(data), *probe_metrics(data)]
    for metric in metrics:
        print(metric, flush=True)
    write_card(folder, template, metrics, words)


def distances(data: Path) -> Iterator[Metric]:
    """The perceptual distance of both students' reconstructions of pictures that are held out."""
    _, held_out, _ = split(data)
    students = Students(LearnKnobs())
    errors = [snapshot(students, part).errors for part in held_out.split(BATCH)]
    for index, name in enumerate(("pixel", "perceptual")):
        distance = fmean(each[index].distance for each in errors)
        dataset = f"{len(held_out):,} held-out pictures of Tiny ImageNet, of the 190 classes trained on"
        yield to_metric(f"perceptual distance, {name} student", distance, dataset)


def probe_metrics(data: Path) -> Iterator[Metric]:
    """The accuracy of a linear probe on the ten classes that nothing was trained on."""
    for name, accuracy in probe_scores(data, Students(LearnKnobs())).items():
        dataset = f"2,500 pictures of ten classes of Tiny ImageNet that were not trained on, in {FOLDS} folds"
        yield to_metric(f"accuracy of a linear probe on {name}", accuracy, dataset)


def probe_scores(data: Path, students: Students) -> dict[str, float]:
    """The mean accuracy of logistic regression over the folds, by the features that it is given."""
    _, _, probe = split(data)
    labels = np.unique(probe.labels.numpy(), return_inverse=True)[1].astype(np.int64)
    features = {RAW: probe.images.flatten(1).numpy().astype(np.float32) / np.float32(255)}
    features |= code_features(students, probe.images)
    features |= get_runtime().run(lambda: random_features(probe.images), seed=SEED)
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(labels, labels))
    return {
        name: fmean(probe_accuracy(values, labels, train, test, SEED) for train, test in folds)
        for name, values in features.items()
    }


def probe_pictures(
    data: options.Data, folder: Annotated[Path, typer.Argument(help="The folder to write the class folders to.")]
) -> None:
    """Write pictures of the ten classes that were not trained on, 100 of each, for ``zoo autoencoder-probe``."""
    _, _, probe = split(data)
    for label in probe.labels.unique().tolist():
        name = probe.wnids[label]
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(first_of(probe.images, probe.labels, label)):
            (folder / name / f"{number:03d}.png").write_bytes(encode_png(to_image(picture)))


def first_of(images: Tensor, labels: Tensor, label: int, count: int = 100) -> Tensor:
    """The first pictures of a class."""
    return images[labels == label][:count]
