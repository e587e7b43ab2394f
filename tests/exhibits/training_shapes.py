"""Coloured shapes to train on, and a training of them in seconds."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from zoo.core.steps import run_to_completion
from zoo.exhibits.train import Training, TrainKnobs
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.training import train_dataset

CLASSES = ("circle", "square")
OWNER = "a visitor"
QUICK = {"size": 64, "epochs": 8}  # knobs


def shape(kind: str, number: int, side: int = 48) -> Image.Image:
    """A circle or a square of a random colour, size and place."""
    rng = np.random.default_rng([number, len(kind)])
    low, high = (rng.integers(0, 90, 3), rng.integers(150, 255, 3))
    picture = Image.fromarray((low + rng.integers(0, 25, (side, side, 3))).astype(np.uint8))
    width = int(rng.integers(side // 3, side // 2))
    left, top = (int(value) for value in rng.integers(2, side - width - 2, 2))
    draw = ImageDraw.Draw(picture)
    paint = draw.ellipse if kind == "circle" else draw.rectangle
    paint((left, top, left + width, top + width), fill=tuple(high.tolist()))
    return picture


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def folder_of_shapes(folder: Path, count: int = 12) -> Path:
    """A folder of class folders."""
    for kind in CLASSES:
        (folder / kind).mkdir(parents=True)
        for number in range(count):
            (folder / kind / f"{number}.png").write_bytes(png(shape(kind, number)))
    return folder


def shapes(count: int = 12, owner: str = OWNER) -> Dataset:
    """A dataset of ``count`` pictures a class."""
    dataset = Dataset.create(owner)
    for kind in CLASSES:
        dataset.add_files([(f"{number}.png", png(shape(kind, number))) for number in range(count)], kind)
    return dataset


def trained(dataset: Dataset, owner: str = OWNER, **knobs: object) -> Training:
    """The training of a dataset."""
    return run_to_completion(train_dataset(dataset, TrainKnobs(**(QUICK | knobs)), owner))
