"""Checkpoints in, assets/models/cifar10-resnet* out: calibrated, and measured clean, attacked and defended."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
import typer
from PIL import Image
from torch import Tensor, nn

from training import options
from training.adversarial.cifar import Pictures, cifar10
from training.adversarial.recipe import ARCHITECTURE, EPSILON, MEAN, STD, logits
from training.adversarial.ways import SMOOTHING, TEMPERATURE, sharpened, trained
from training.publish import Figure, Scored, compact, save, write_card
from zoo.adversarial.attacks import direction, fgsm, iterate, random_start
from zoo.adversarial.case import to_picture, to_pixels
from zoo.adversarial.defences import checks
from zoo.knobs.adversarial import DefenceKnobs

TITLES = {
    "cifar10-resnet": ("plain", "ResNet-9 for CIFAR-10"),
    "cifar10-resnet-robust": ("robust", "ResNet-9 for CIFAR-10, trained under attack"),
}
TOLD = {
    "hard": "its label",
    "smooth": f"its label, smoothed by {SMOOTHING:g}",
    "distilled": f"a teacher's thoughts, at temperature {TEMPERATURE:g}",
    "robust": "its label, and shown attacked (`cifar10-resnet-robust`)",
}


def attacked(network: nn.Module, clean: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """All pictures after FGSM and after ten steps of PGD, 250 at a time."""
    once, often = [], []
    generator = torch.Generator().manual_seed(0)
    network.eval()
    for pixels, truth in zip(clean.split(250), labels.split(250), strict=True):
        look = partial(direction, network, labels=truth)
        once.append(fgsm(pixels, look(pixels), EPSILON))
        (*_, worst) = iterate(look, pixels, EPSILON, EPSILON / 4, 10, random_start(pixels, EPSILON, generator))
        often.append(worst)
    return torch.cat(once), torch.cat(often)


def checked(pictures: Tensor, check: Callable[[Image.Image], Image.Image]) -> Tensor:
    """Each through 8 bits and a check of the input."""
    return torch.cat([to_pixels(check(to_picture(pixels))) for pixels in pictures])


def defences(network: nn.Module, pictures: dict[str, Tensor], labels: Tensor) -> str:
    """A table: what each check of the input makes of clean and of attacked pictures."""
    rows = ["| check | " + " | ".join(pictures) + " |", "|---" * (len(pictures) + 1) + "|"]
    for name, check in checks(DefenceKnobs()).items():
        scores = [Scored(logits(network, checked(part, check)), labels).top(1) for part in pictures.values()]
        rows.append(f"| {name} | " + " | ".join(f"{score:.1%}" for score in scores) + " |")
    return "\n".join(rows)


def compared(held: Pictures) -> str:
    """A table: what each way of training makes of clean and attacked pictures, and of ones made to fool another."""
    clean, labels = held.images.float() / 255, held.labels
    _, borrowed = attacked(trained("plain"), clean, labels)
    networks = {TOLD[way]: trained(way) for way in TOLD}
    sharpened(networks[TOLD["distilled"]])
    rows = ["| told of a picture | clean | FGSM | PGD-10 | PGD-10 made on `cifar10-resnet` |", "|---" * 5 + "|"]
    for told, network in networks.items():
        pictures = clean, *attacked(network, clean, labels), borrowed
        scores = [Scored(logits(network, part), labels).top(1) for part in pictures]
        rows.append(f"| {told} | " + " | ".join(f"{score:.1%}" for score in scores) + " |")
    return "\n".join(rows)


def publish(name: str, held: Pictures, ways: str) -> None:
    """One model's folder."""
    recipe, title = TITLES[name]
    network = trained(recipe)
    tensors = {key: compact(tensor) for key, tensor in network.state_dict().items()}
    network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()})
    clean, labels = held.images.float() / 255, held.labels
    once, often = attacked(network, clean, labels)
    scored = Scored(logits(network, clean), labels)
    temperature = round(scored.temperature(), 3)
    view = {
        "resize": 32,
        "crop": 32,
        "interpolation": "bilinear",
        "temperature": temperature,
        "unsure_below": scored.threshold(temperature),
    }
    config = {
        "exhibit": "adversarial",
        "title": title,
        "architecture": {"kind": "resnet-9", **ARCHITECTURE},
        "preprocessing": {"views": [view], "mean": MEAN, "std": STD},
        "classes": [{"id": str(place), "label": label} for place, label in enumerate(held.names)],
    }
    inner = {key.removeprefix("network."): tensor for key, tensor in tensors.items() if key.startswith("network.")}
    folder = save(name, config, inner)
    where = f"CIFAR-10 as JPEG, held out: the last {len(labels) // 10} training pictures of each class, {len(labels):,}"
    under = {"top-1 accuracy": clean, "accuracy under FGSM, 8/255": once, "accuracy under PGD-10, 8/255": often}
    figures = [Figure(key, Scored(logits(network, part), labels).top(1), where) for key, part in under.items()]
    table = defences(network, {"clean": clean, "FGSM, 8/255": once, "PGD-10, 8/255": often}, labels)
    write_card(folder, Path(__file__).with_name(f"{name}.md"), figures, {"defences": table, "ways": ways})
    typer.echo(f"{name}: " + ", ".join(f"{figure.name} {figure.value:.4f}" for figure in figures))


def bundle(data: options.Data) -> None:
    """Write assets/models/cifar10-resnet and cifar10-resnet-robust."""
    _, held = cifar10(data)
    ways = compared(held)
    for name in TITLES:
        publish(name, held, ways)
