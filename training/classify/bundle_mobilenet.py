"""The bundled mobilenet-v2 from the given weights and ``.checkpoints/mobilenet-v2.pt``."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training import options
from training.classify.branches import MIN_SHRUNK_ACCURACY, averaged, best_average, penalized
from training.classify.measure import calibrate, load_bundled, predict, shrink, to_images
from training.classify.mobilenet import INPUT_SIZE
from training.classify.networks import given_network, imagenet_indices
from training.pictures import SIDE, imagenet_classes, photographs, tiny_imagenet
from training.publish import Predictions, save_model, to_half, to_metric, write_card
from training.run import CHECKPOINTS
from zoo.core.loading import NormalizedModel
from zoo.nets.rounding import row_scaled_int4, row_scaled_int8
from zoo.nets.twoscale import dense_layers

NAME = "mobilenet-v2"
PHOTOGRAPHS = "260 photographs of ILSVRC, one a class, 256 px; the given weights may have been trained on them"
HELD_OUT = (
    "Tiny ImageNet, held out: the last 10 training pictures of each of 200 classes, 64 px; the average of the branches "
    "was chosen on them"
)
SHRUNK = "52 photographs of other classes, held out, shrunk to 64 px; the average of the branches was chosen on them"
INT8_BELOW = 50_000  # parameters of a layer: smaller changes are kept in 8 bits, which costs little


def bundle_mobilenet(data: Path) -> None:
    """Small pictures go through both branches; on larger ones the large branch alone is more accurate."""
    _, held_out = tiny_imagenet(data, options.CACHE)
    train_photos, held_out_photos = photographs(data)
    config = mobilenet_config()
    small, large = config["preprocessing"]["views"]
    ids = [entry["id"] for entry in config["classes"]]
    tensors = mobilenet_tensors(data)
    folder = save_model(NAME, config, tensors)
    network = load_bundled(folder, config).network
    branches = [NormalizedModel(branch, (0.5,) * 3, (0.5,) * 3).eval() for branch in (network.large, network.small)]

    wnids = [held_out.wnids[label] for label in held_out.labels]
    tiny = [predict(branch, small, to_images(held_out), wnids, ids) for branch in branches]
    other_wnids = [wnid for wnid, _ in held_out_photos]
    shrunk = [predict(branch, small, shrink(held_out_photos, SIDE), other_wnids, ids) for branch in branches]
    labelled = imagenet_indices(held_out.wnids)
    penalty, small_weight = best_average(tiny, shrunk, labelled)
    config["architecture"]["small_weight"] = small_weight
    tensors["small.classifier.1.bias"][labelled] -= penalty
    tiny, shrunk = (penalized(pair, labelled, penalty) for pair in (tiny, shrunk))

    photos = train_photos + held_out_photos
    on_photos = predict(branches[0], large, [photo for _, photo in photos], [wnid for wnid, _ in photos], ids)
    on_tiny, on_shrunk = averaged(*tiny, small_weight), averaged(*shrunk, small_weight)
    calibrate(small, on_tiny)
    calibrate(large, on_photos)
    save_model(NAME, config, tensors)
    metrics = [
        to_metric("top-1 accuracy", on_photos.accuracy(1), PHOTOGRAPHS),
        to_metric("top-5 accuracy", on_photos.accuracy(5), PHOTOGRAPHS),
        to_metric("top-1 accuracy", on_tiny.accuracy(1), HELD_OUT),
        to_metric("top-5 accuracy", on_tiny.accuracy(5), HELD_OUT),
        to_metric("top-1 accuracy", on_shrunk.accuracy(1), SHRUNK),
    ]
    confidence = (on_tiny.logits / small["temperature"]).softmax(1).amax(1).mean().item()
    words = {
        "min_shrunk": f"{MIN_SHRUNK_ACCURACY:.0%}",
        "accuracy": f"{on_tiny.accuracy(1):.0%}",
        "confidence": f"{confidence:.0%}",
        "input_size": INPUT_SIZE,
        "small_weight": small_weight,
        "penalty": penalty,
    }
    write_card(folder, Path(__file__).with_name(f"{NAME}.md"), metrics, words | alone(tiny, shrunk))


def mobilenet_config() -> dict[str, Any]:
    """The config.json before calibration."""
    small: dict[str, Any] = {"resize": INPUT_SIZE, "crop": INPUT_SIZE, "interpolation": "bilinear", "up_to": SIDE}
    large: dict[str, Any] = {"resize": 256, "crop": 224, "interpolation": "bilinear"}
    return {
        "exhibit": "classify",
        "title": "MobileNetV2 for large and small pictures",
        "architecture": {
            "kind": "two-scale-mobilenet-v2",
            "num_classes": 1000,
            "large_from": large["crop"],
            "small_weight": 0.5,
        },
        "preprocessing": {"views": [small, large], "mean": [0.5] * 3, "std": [0.5] * 3},
        "classes": imagenet_classes(),
    }


def mobilenet_tensors(data: Path) -> dict[str, Tensor]:
    """Dense weights of the large branch in 8 bits, as they were given; the small branch's changes mostly in 4."""
    network = given_network(data)
    large = network.state_dict()
    small = torch.load(CHECKPOINTS / f"{NAME}.pt", map_location="cpu", weights_only=True)["network"]
    dense = {f"{name}.weight" for name in dense_layers(network)}
    tensors: dict[str, Tensor] = {}
    for name in large:
        if name in dense:
            integers, scale = row_scaled_int8(large[name].flatten(1))
            tensors[f"large.{name}.int8"], tensors[f"large.{name}.scale"] = integers.view_as(large[name]), scale
            change = small[name].flatten(1) - integers * scale[:, None]
            kind, rounded = ("int8", row_scaled_int8) if change.numel() < INT8_BELOW else ("int4", row_scaled_int4)
            key = f"small.{name.removesuffix('.weight')}.change"
            tensors[f"{key}.{kind}"], tensors[f"{key}.scale"] = rounded(change)
        else:
            tensors |= {f"large.{name}": to_half(large[name]), f"small.{name}": to_half(small[name])}
    return tensors


def alone(tiny: list[Predictions], shrunk: list[Predictions]) -> dict[str, object]:
    """The top-1 accuracy of each branch alone, for the card."""
    return {
        f"{branch}_alone_on_{name}": f"{predictions.accuracy(1):.1%}"
        for name, pair in (("tiny", tiny), ("shrunk", shrunk))
        for branch, predictions in zip(("large", "small"), pair, strict=True)
    }
