"""The bundled resnet-18-photographs from ``.checkpoints/resnet-18-photographs.pt``, in 8 bits."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from training.classify.measure import calibrate, load_bundled, predict
from training.classify.networks import MEAN, STD, given_network
from training.photographs.sources import SOURCES
from training.photographs.splits import held_out_photographs
from training.pictures import Photograph, imagenet_classes
from training.publish import Predictions, save_model, to_int8, to_metric, write_card
from training.run import CHECKPOINTS
from zoo.core.loading import NormalizedModel

NAME = "resnet-18-photographs"
CROPS = (128, 160, 192)  # input sizes to choose from
PREFIX = "network."
MEASURED = "130 photographs of ILSVRC, held out: every second of 260, one a class, 256 px; they chose nothing"
CHOSEN = "the other 130, held out: they chose the input size, the temperature and the threshold"


def bundle_photographs(data: Path) -> None:
    """Choose the input size, calibrate, measure and write assets/models/resnet-18-photographs."""
    chosen, measured = held_out_photographs(data)
    state = torch.load(CHECKPOINTS / f"{NAME}.pt", map_location="cpu", weights_only=True)["network"]
    tensors = to_int8(of_network(state))
    config = photographs_config(CROPS[0])
    folder = save_model(NAME, config, tensors)
    network = load_bundled(folder, config)
    accuracies = {crop: on(network, view_of(crop), chosen).accuracy(1) for crop in CROPS}
    print("top-1 by input size:", accuracies, flush=True)
    config = photographs_config(max(CROPS, key=lambda crop: accuracies[crop]))
    view = config["preprocessing"]["views"][0]
    on_chosen, on_measured = on(network, view, chosen), on(network, view, measured)
    calibrate(view, on_chosen)
    save_model(NAME, config, tensors)
    teacher = NormalizedModel(given_network(data), (0.5,) * 3, (0.5,) * 3).eval()
    of_teacher = on(teacher, {"resize": 256, "crop": 224, "interpolation": "bilinear"}, measured)
    metrics = [
        to_metric("top-1 accuracy", on_measured.accuracy(1), MEASURED),
        to_metric("top-5 accuracy", on_measured.accuracy(5), MEASURED),
        to_metric("top-1 accuracy", on_chosen.accuracy(1), CHOSEN),
    ]
    credits = "\n".join(f"- {source.title}: `{source.repository}@{source.commit[:7]}`" for source in SOURCES)
    agreement = (of_teacher.logits.argmax(1) == on_measured.logits.argmax(1)).float().mean().item()
    words = {
        "teacher": f"{of_teacher.accuracy(1):.0%}",
        "agreement": f"{agreement:.0%}",
        "input_size": view["crop"],
        "credits": credits,
    }
    training_data = [{"name": source.title, "licence": source.licence} for source in SOURCES]
    write_card(folder, Path(__file__).with_name(f"{NAME}.md"), metrics, words, training_data)


def of_network(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The ResNet's tensors out of the student's. The mean over classes is taken from its last layer."""
    tensors = {name.removeprefix(PREFIX): tensor for name, tensor in state.items() if name.startswith(PREFIX)}
    for name in ("fc.weight", "fc.bias"):  # softmax is invariant to it, Grad-CAM is not
        tensors[name] = tensors[name] - tensors[name].mean(0)
    return tensors


def view_of(crop: int) -> dict[str, Any]:
    """The centre seven eighths of the short side, shrunk to ``crop`` pixels."""
    return {"resize": crop * 8 // 7, "crop": crop, "interpolation": "bilinear"}


def photographs_config(crop: int) -> dict[str, Any]:
    """The config.json before calibration."""
    return {
        "exhibit": "classify",
        "title": "ResNet-18 for photographs",
        "architecture": {"kind": "resnet-18", "num_classes": 1000},
        "preprocessing": {"views": [view_of(crop)], "mean": [MEAN] * 3, "std": [STD] * 3},
        "classes": imagenet_classes(),
    }


def on(network: nn.Module, view: dict[str, Any], photos: list[Photograph]) -> Predictions:
    """The logits of a network of ImageNet's classes for labelled photographs."""
    ids = [entry["id"] for entry in imagenet_classes()]
    return predict(network, view, [picture for _, picture in photos], [wnid for wnid, _ in photos], ids)
