"""The bundled resnet-18 from ``.checkpoints/resnet-18.pt``."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch

from training import options
from training.classify.measure import calibrate, load_bundled, predict, to_images
from training.classify.networks import MEAN, STD, UPSCALE
from training.pictures import SIDE, Pictures, imagenet_classes, photographs, tiny_imagenet
from training.publish import save_model, to_half, to_metric, write_card
from training.run import CHECKPOINTS

NAME = "resnet-18"
HELD_OUT = (
    "Tiny ImageNet, held out: the last 10 training pictures of each of 200 classes, 64 px; "
    "the input size was chosen on them"
)


def bundle_resnet(data: Path) -> None:
    """Calibrate, measure and write assets/models/resnet-18."""
    train, held_out = tiny_imagenet(data, options.CACHE)
    published = pd.read_csv(data / "images" / "tiny_imagenet_classes.csv").sort_values("label")["wnid"].tolist()
    view: dict[str, Any] = {"resize": SIDE, "crop": SIDE, "interpolation": "bilinear"}
    labels = {entry["id"]: entry["label"] for entry in imagenet_classes()}
    config = {
        "exhibit": "classify",
        "title": "ResNet-18 from scratch",
        "architecture": {"kind": "resnet-18", "num_classes": len(held_out.wnids), "upscale": UPSCALE},
        "preprocessing": {"views": [view], "mean": [MEAN] * 3, "std": [STD] * 3},
        "classes": [{"id": wnid, "label": labels[wnid]} for wnid in published],
    }
    state = torch.load(CHECKPOINTS / f"{NAME}.pt", map_location="cpu", weights_only=True)["network"]
    order = [held_out.wnids.index(wnid) for wnid in published]  # a class has the same index as in the data set
    for name in ("fc.weight", "fc.bias"):  # softmax is invariant to the mean over classes, Grad-CAM is not
        state[name] = state[name][order] - state[name].mean(0)
    tensors = {name: to_half(tensor) for name, tensor in state.items()}
    folder = save_model(NAME, config, tensors)
    network = load_bundled(folder, config)
    wnids = [held_out.wnids[label] for label in held_out.labels]
    on_held_out = predict(network, view, to_images(held_out), wnids, published)
    calibrate(view, on_held_out)
    save_model(NAME, config, tensors)

    photos = [photo for part in photographs(data) for _, photo in part]  # of classes that it does not have
    on_photos = predict(network, view, photos, [published[0]] * len(photos), published)
    confidence = (on_photos.logits / view["temperature"]).softmax(1).amax(1)
    unsure = (confidence < view["unsure_below"]).float().mean().item()
    step = len(train.labels) // len(held_out.labels)
    sample = Pictures(train.images[::step], train.labels[::step], train.wnids)
    on_train = predict(network, view, to_images(sample), [sample.wnids[label] for label in sample.labels], published)
    metrics = [
        to_metric("top-1 accuracy", on_held_out.accuracy(1), HELD_OUT),
        to_metric("top-5 accuracy", on_held_out.accuracy(5), HELD_OUT),
    ]
    words = {"flagged": f"{unsure:.0%}", "known": f"{on_train.accuracy(1):.0%}"}
    write_card(folder, Path(__file__).with_name(f"{NAME}.md"), metrics, words)
