"""Checkpoints in, folders under assets/models out: calibrated, measured, and described in a model card."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import torch
import typer
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from training import options
from training.classify.mobilenet import SMALL_SIDE
from training.classify.networks import ENLARGED, MEAN, STD, given_network, imagenet_columns
from training.pictures import (
    HELD_OUT_PER_CLASS,
    SIDE,
    Photograph,
    Pictures,
    imagenet_classes,
    photographs,
    tiny_imagenet,
)
from training.publish import Predictions, save_model, to_half, to_metric, write_card
from training.run import CHECKPOINTS
from zoo.core.cards import WEIGHTS_FILE
from zoo.core.loading import NormalizedModel
from zoo.core.preprocessing import Preprocessing
from zoo.core.weights import read_tensors
from zoo.nets import build
from zoo.nets.rounding import row_scaled_int4, row_scaled_int8
from zoo.nets.twoscale import dense_layers

HELD_OUT = "Tiny ImageNet, held out: the last 10 training pictures of each of 200 classes, 64 px"
PHOTOGRAPHS = "260 photographs of ILSVRC, one a class, 256 px"
HELD_OUT_SHRUNK = "52 photographs of other classes, held out and shrunk to 64 px"
FEW = 50_000  # numbers of a layer whose change is kept in 8 bits: they weigh little and matter as much
KEPT = 0.2  # of the shrunken photographs are right at least, whatever is best for the small pictures
BLENDS = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0)
HANDICAPS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)  # of labelled classes, in logits (Chao et al. 2016, arXiv:1605.04253)


@torch.inference_mode()
def score(
    network: nn.Module, view: dict[str, Any], pictures: Sequence[Image.Image], wnids: Sequence[str], ids: list[str]
) -> Predictions:
    preprocessing = Preprocessing.from_config({"views": [view], "mean": [0, 0, 0], "std": [1, 1, 1]})
    logits = []
    for start in range(0, len(pictures), 64):
        pixels = np.stack([preprocessing.pixels(picture) for picture in pictures[start : start + 64]])
        logits.append(network(torch.from_numpy(pixels).to(memory_format=torch.channels_last)))
    return Predictions(torch.cat(logits), torch.tensor([ids.index(wnid) for wnid in wnids]))


def as_images(pictures: Pictures) -> list[Image.Image]:
    pixels: NDArray[np.uint8] = pictures.images.permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(picture) for picture in pixels]


def shrink(photos: Sequence[Photograph], side: int) -> list[Image.Image]:
    """Photographs with ``side`` pixels on the short side."""
    small = []
    for _, photo in photos:
        scale = side / min(photo.size)
        size = (round(photo.width * scale), round(photo.height * scale))
        small.append(photo.resize(size, Image.Resampling.BICUBIC))
    return small


def mobilenet_tensors(data: Path) -> dict[str, Tensor]:
    """Dense weights of the large branch in 8 bits, as they were given; the small branch's changes mostly in 4."""
    network = given_network(data)
    large = network.state_dict()
    small = torch.load(CHECKPOINTS / "mobilenet.pt", map_location="cpu", weights_only=True)["network"]
    dense = {f"{name}.weight" for name in dense_layers(network)}
    tensors: dict[str, Tensor] = {}
    for name in large:
        if name in dense:
            whole, scale = row_scaled_int8(large[name].flatten(1))
            tensors[f"large.{name}.int8"], tensors[f"large.{name}.scale"] = whole.view_as(large[name]), scale
            changed = f"small.{name.removesuffix('.weight')}.change"
            change = small[name].flatten(1) - whole * scale[:, None]
            kind, rounded = ("int8", row_scaled_int8) if change.numel() < FEW else ("int4", row_scaled_int4)
            tensors[f"{changed}.{kind}"], tensors[f"{changed}.scale"] = rounded(change)
        else:
            tensors |= {f"large.{name}": to_half(large[name]), f"small.{name}": to_half(small[name])}
    return tensors


def loaded(folder: Path, config: dict[str, Any]) -> NormalizedModel:
    network = build(config["architecture"], read_tensors(folder / WEIGHTS_FILE))
    prepared = NormalizedModel(network, config["preprocessing"]["mean"], config["preprocessing"]["std"])
    return prepared.eval().to(memory_format=torch.channels_last)


def calibrate(view: dict[str, Any], scored: Predictions) -> None:
    view["temperature"] = round(scored.temperature(), 3)
    view["unsure_below"] = scored.threshold(view["temperature"])


def blended(large: Predictions, small: Predictions, blend: float) -> Predictions:
    """What the two branches say together, as ``TwoScaleMobileNetV2.forward`` has it."""
    return Predictions(large.logits.log_softmax(1).lerp(small.logits.log_softmax(1), blend), large.targets)


def handicapped(branches: Sequence[Predictions], columns: Tensor, handicap: float) -> list[Predictions]:
    """The small branch holds the classes with labels for nearly all there are: their logits are lowered."""
    large, small = branches
    lowered = torch.zeros(small.logits.shape[1]).index_fill(0, columns, handicap)
    return [large, Predictions(small.logits - lowered, small.targets)]


def best_blend(tiny: Sequence[Predictions], shrunk: Sequence[Predictions], columns: Tensor) -> tuple[float, float]:
    """(handicap, blend): the best on the held-out small pictures of those that forget little.

    ``ValueError`` if all forget too much.
    """
    curve = {}
    for handicap, blend in product(HANDICAPS, BLENDS):
        told = [blended(*handicapped(pair, columns, handicap), blend) for pair in (tiny, shrunk)]
        curve[handicap, blend] = tuple(round(scored.accuracy(1), 4) for scored in told)
    print("top-1 on Tiny ImageNet and on shrunken photographs, by handicap and blend:", curve, flush=True)
    return max((pair for pair in curve if curve[pair][1] >= KEPT), key=lambda pair: curve[pair][0])


def bundle_mobilenet(data: Path) -> None:
    """Pictures as small as those with labels are read by both branches; on larger ones the large one is better."""
    _, held = tiny_imagenet(data, options.CACHE)
    trained, unseen = photographs(data)
    classes = imagenet_classes()
    ids = [entry["id"] for entry in classes]
    small: dict[str, Any] = {"resize": SMALL_SIDE, "crop": SMALL_SIDE, "interpolation": "bilinear", "up_to": SIDE}
    large: dict[str, Any] = {"resize": 256, "crop": 224, "interpolation": "bilinear"}
    config: dict[str, Any] = {
        "exhibit": "classify",
        "title": "MobileNetV2 for large and small pictures",
        "architecture": {"kind": "two-scale-mobilenet-v2", "num_classes": 1000, "split": 224, "blend": 0.5},
        "preprocessing": {"views": [small, large], "mean": [0.5] * 3, "std": [0.5] * 3},
        "classes": classes,
    }
    tensors = mobilenet_tensors(data)
    folder = save_model("mobilenet-v2", config, tensors)
    network = loaded(folder, config).network
    branches = [NormalizedModel(branch, (0.5,) * 3, (0.5,) * 3).eval() for branch in (network.large, network.small)]
    wnids = [held.wnids[label] for label in held.labels]
    strange = [wnid for wnid, _ in unseen]

    tiny = [score(branch, small, as_images(held), wnids, ids) for branch in branches]
    shrunk = [score(branch, small, shrink(unseen, SIDE), strange, ids) for branch in branches]
    columns = imagenet_columns(held.wnids)
    handicap, best = best_blend(tiny, shrunk, columns)
    config["architecture"]["blend"] = best
    tensors["small.classifier.1.bias"][columns] -= handicap
    tiny, shrunk = (handicapped(pair, columns, handicap) for pair in (tiny, shrunk))
    everything = trained + unseen
    photos = score(branches[0], large, [photo for _, photo in everything], [wnid for wnid, _ in everything], ids)
    calibrate(small, blended(*tiny, best))
    calibrate(large, photos)
    save_model("mobilenet-v2", config, tensors)
    figures = [
        to_metric("top-1 accuracy", photos.accuracy(1), PHOTOGRAPHS),
        to_metric("top-5 accuracy", photos.accuracy(5), PHOTOGRAPHS),
        to_metric("top-1 accuracy", blended(*tiny, best).accuracy(1), HELD_OUT),
        to_metric("top-5 accuracy", blended(*tiny, best).accuracy(5), HELD_OUT),
        to_metric("top-1 accuracy", blended(*shrunk, best).accuracy(1), HELD_OUT_SHRUNK),
    ]
    words = {
        "kept": f"{KEPT:.0%}",
        "right": f"{blended(*tiny, best).accuracy(1):.0%}",
        "sure": f"{(blended(*tiny, best).logits / small['temperature']).softmax(1).amax(1).mean().item():.0%}",
        "side": SMALL_SIDE,
        "blend": best,
        "handicap": handicap,
        "large_alone": f"{tiny[0].accuracy(1):.1%}",
        "small_alone": f"{tiny[1].accuracy(1):.1%}",
        "strange_large": f"{shrunk[0].accuracy(1):.1%}",
        "strange_small": f"{shrunk[1].accuracy(1):.1%}",
    }
    write_card(folder, Path(__file__).with_name("mobilenet-v2.md"), figures, words)


def bundle_resnet(data: Path) -> None:
    train, held = tiny_imagenet(data, options.CACHE)
    trained, unseen = photographs(data)
    labels = {entry["id"]: entry["label"] for entry in imagenet_classes()}
    published = pd.read_csv(data / "images" / "tiny_imagenet_classes.csv").sort_values("label")["wnid"].tolist()
    view: dict[str, Any] = {"resize": SIDE, "crop": SIDE, "interpolation": "bilinear"}
    config = {
        "exhibit": "classify",
        "title": "ResNet-18 from scratch",
        "architecture": {"kind": "resnet-18", "num_classes": len(held.wnids), "enlarged": ENLARGED},
        "preprocessing": {"views": [view], "mean": [MEAN] * 3, "std": [STD] * 3},
        "classes": [{"id": wnid, "label": labels[wnid]} for wnid in published],
    }
    state = torch.load(CHECKPOINTS / "resnet.pt", map_location="cpu", weights_only=True)["network"]
    order = [held.wnids.index(wnid) for wnid in published]  # so that a label's number means the same here as there
    for name in ("fc.weight", "fc.bias"):  # less their mean, of which softmax sees nothing but Grad-CAM does
        state[name] = state[name][order] - state[name].mean(0)
    folder = save_model("resnet-18", config, {name: to_half(tensor) for name, tensor in state.items()})
    network = loaded(folder, config)
    tiny = score(network, view, as_images(held), [held.wnids[label] for label in held.labels], published)
    calibrate(view, tiny)
    strangers = score(network, view, [photo for _, photo in trained + unseen], [published[0]] * 260, published)
    confidence = (strangers.logits / view["temperature"]).softmax(1).amax(1)
    flagged = (confidence < view["unsure_below"]).float().mean().item()
    save_model("resnet-18", config, {name: to_half(tensor) for name, tensor in state.items()})
    figures = [
        to_metric("top-1 accuracy", tiny.accuracy(1), HELD_OUT),
        to_metric("top-5 accuracy", tiny.accuracy(5), HELD_OUT),
    ]
    every = len(train.labels) // len(held.labels)
    sample = Pictures(train.images[::every], train.labels[::every], train.wnids)
    known = score(network, view, as_images(sample), [sample.wnids[label] for label in sample.labels], published)
    words = {"flagged": f"{flagged:.0%}", "known": f"{known.accuracy(1):.0%}"}
    write_card(folder, Path(__file__).with_name("resnet-18.md"), figures, words)


BUNDLERS = {"mobilenet": bundle_mobilenet, "resnet": bundle_resnet}


def bundle(
    data: options.Data, names: Annotated[list[str] | None, typer.Argument(help="mobilenet, resnet, or both.")] = None
) -> None:
    """Write assets/models/mobilenet-v2 and resnet-18 from the checkpoints that there are."""
    for name in names or BUNDLERS:
        if (CHECKPOINTS / f"{name}.pt").exists():
            BUNDLERS[name](data)


def held_out(
    data: options.Data, destination: Annotated[Path, typer.Argument(help="The parquet file to write.")]
) -> None:
    """Write the held-out part of Tiny ImageNet as a table for ``zoo evaluate classify``."""
    table = pd.read_parquet(data / "images" / "tiny_imagenet_train.parquet")
    last = table.groupby("label").tail(HELD_OUT_PER_CLASS)
    last[["image", "wnid"]].to_parquet(destination)
