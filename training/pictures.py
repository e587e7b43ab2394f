"""Tiny ImageNet and ordinary photographs as tensors, with the split that the metrics in the cards refer to."""

import csv
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

SIDE = 64  # of Tiny ImageNet's pictures
HELD_OUT_PER_CLASS = 10
HELD_OUT_PHOTOGRAPHS = 5

Photograph = tuple[str, Image.Image]  # WordNet id and picture


def imagenet_classes() -> list[dict[str, str]]:
    """The 1,000 classes of ILSVRC 2012 in their usual order: WordNet id and a readable name."""
    with (Path(__file__).parent / "imagenet_classes.csv").open() as file:
        return [{"id": row["wnid"], "label": row["name"]} for row in csv.DictReader(file)]


@dataclass(frozen=True)
class Pictures:
    images: Tensor  # (N, 3, 64, 64) uint8
    labels: Tensor  # (N,) int64: indices into ``wnids``
    wnids: list[str]  # sorted, one per class


def tiny_imagenet(data: Path, cache: Path) -> tuple[Pictures, Pictures]:
    """(train, held out): the last ten pictures of each class, in file order, are never trained on."""
    cache.mkdir(parents=True, exist_ok=True)
    stored = cache / "tiny_imagenet.npz"
    if not stored.exists():
        table = pd.read_parquet(data / "images" / "tiny_imagenet_train.parquet")
        pixels = np.stack([np.asarray(Image.open(io.BytesIO(b)).convert("RGB")) for b in table["image"]])
        np.savez(stored, pixels=pixels, wnids=table["wnid"].to_numpy().astype(str))
    archive = np.load(stored)
    wnids, labels = np.unique(archive["wnids"], return_inverse=True)
    rank = pd.Series(labels).groupby(labels).cumcount(ascending=False).to_numpy()
    images = torch.from_numpy(archive["pixels"]).permute(0, 3, 1, 2)
    targets = torch.from_numpy(labels)
    held_out = torch.from_numpy(rank < HELD_OUT_PER_CLASS)
    names = [str(wnid) for wnid in wnids]
    return Pictures(images[~held_out], targets[~held_out], names), Pictures(images[held_out], targets[held_out], names)


def photographs(data: Path) -> tuple[list[Photograph], list[Photograph]]:
    """(train, held out): photographs with 256 pixels on the short side, by name; every fifth is never trained on."""
    photos: list[Photograph] = []
    with tarfile.open(data / "images" / "photos256.tar") as archive:
        for member in sorted((m for m in archive if m.isfile()), key=lambda m: m.name):
            file = archive.extractfile(member)
            assert file is not None
            wnid = Path(member.name).name.split("_")[0]
            photos.append((wnid, Image.open(io.BytesIO(file.read())).convert("RGB")))
    train = [photo for index, photo in enumerate(photos) if index % HELD_OUT_PHOTOGRAPHS]
    return train, photos[::HELD_OUT_PHOTOGRAPHS]
