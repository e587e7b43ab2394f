"""Checkpoints in, assets/models/cifar10-resnet* out: calibrated, and measured clean, attacked and defended."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer
from PIL import Image
from torch import Tensor

from training import options
from training.adversarial.ablations import SMOOTHING, TEMPERATURE, sharpened, trained
from training.adversarial.cifar import cifar10
from training.adversarial.recipe import ARCHITECTURE, EPSILON, MEAN, STD, logits
from training.publish import Predictions, save_model, to_int8, to_metric, write_card
from zoo.core.loading import NormalizedModel
from zoo.exhibits.adversarial.attacks import direction, fgsm, iterate, random_start
from zoo.exhibits.adversarial.context import to_picture, to_pixels
from zoo.exhibits.adversarial.defences import checks
from zoo.exhibits.adversarial.knobs import DefenceKnobs
from zoo.nets.resnet9 import Snapshots

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


@dataclass(frozen=True)
class Trial:
    """A network, and the held-out pictures as they are, after FGSM and after ten steps of PGD, (N, 3, 32, 32) each."""

    network: NormalizedModel
    labels: Tensor
    pictures: Mapping[str, Tensor]

    def score(self, pictures: Tensor) -> Predictions:
        return Predictions(logits(self.network, pictures), self.labels)

    def thinned(self) -> "Trial":
        """With every fourth picture, for what is measured many times."""
        return Trial(self.network, self.labels[::4], {name: part[::4] for name, part in self.pictures.items()})


def tried(network: NormalizedModel, clean: Tensor, labels: Tensor) -> Trial:
    """Attack all pictures, 250 at a time."""
    once, often = [], []
    generator = torch.Generator().manual_seed(0)
    for pixels, truth in zip(clean.split(250), labels.split(250), strict=True):
        look = partial(direction, network, labels=truth)
        once.append(fgsm(pixels, look(pixels), EPSILON))
        (*_, worst) = iterate(look, pixels, EPSILON, EPSILON / 4, 10, random_start(pixels, EPSILON, generator))
        often.append(worst)
    pictures = {"clean": clean, "FGSM, 8/255": torch.cat(once), "PGD-10, 8/255": torch.cat(often)}
    return Trial(network, labels, pictures)


def table(first: str, columns: Iterable[str], rows: Mapping[str, Iterable[float]]) -> str:
    """Shares as a table of a card."""
    lines = [f"| {name} | " + " | ".join(f"{value:.1%}" for value in values) + " |" for name, values in rows.items()]
    header = [first, *columns]
    return "\n".join([f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines])


def checked(pictures: Tensor, check: Callable[[Image.Image], Image.Image]) -> Tensor:
    """Each through 8 bits and a check of the input."""
    return torch.cat([to_pixels(check(to_picture(pixels))) for pixels in pictures])


def defences(trial: Trial) -> str:
    """What each check of the input makes of clean and of attacked pictures."""
    rows = {
        name: [trial.score(checked(part, check)).accuracy(1) for part in trial.pictures.values()]
        for name, check in checks(DefenceKnobs()).items()
    }
    return table("check", trial.pictures, rows)


def compared(trials: Mapping[str, Trial]) -> str:
    """What each way of training makes of clean and attacked pictures, and of ones made to fool another network."""
    borrowed = trials["plain"].pictures["PGD-10, 8/255"]
    rows = {
        told: [trials[way].score(part).accuracy(1) for part in (*trials[way].pictures.values(), borrowed)]
        for way, told in TOLD.items()
    }
    return table("told of a picture", [*trials["plain"].pictures, "PGD-10 made on `cifar10-resnet`"], rows)


def publish(name: str, title: str, kind: dict[str, object], trial: Trial, names: list[str], ways: str) -> None:
    """One model's folder."""
    scored = trial.score(trial.pictures["clean"])
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
        "architecture": kind,
        "preprocessing": {"views": [view], "mean": MEAN, "std": STD},
        "classes": [{"id": str(place), "label": label} for place, label in enumerate(names)],
    }
    folder = save_model(name, config, to_int8(trial.network.network.state_dict()))
    count = len(trial.labels)
    where = f"CIFAR-10 as JPEG, held out: the last {count // 10} training pictures of each class, {count:,}"
    figures = [
        to_metric(
            "top-1 accuracy" if shown == "clean" else f"accuracy under {shown}", trial.score(part).accuracy(1), where
        )
        for shown, part in trial.pictures.items()
    ]
    words = {"defences": defences(trial.thinned()), "ways": ways}
    write_card(folder, Path(__file__).with_name(f"{name}.md"), figures, words)
    typer.echo(f"{name}: " + ", ".join(f"{figure.name} {figure.value:.4f}" for figure in figures))


def snapshots(names: Sequence[str]) -> NormalizedModel:
    """All of them in one network that says their mean."""
    network = Snapshots(len(names), **ARCHITECTURE)  # type: ignore[arg-type]
    for member, name in zip(network.members, names, strict=True):
        member.load_state_dict(trained(name).network.state_dict())
    return NormalizedModel(network, MEAN, STD).to(memory_format=torch.channels_last).eval()


def bundle(
    data: options.Data,
    cycle: Annotated[list[str], typer.Option(help="A cycle of the plain one to keep: .checkpoints/cifar-NAME.pt.")],
) -> None:
    """Write assets/models/cifar10-resnet and cifar10-resnet-robust."""
    _, held = cifar10(data)
    clean = held.images.float() / 255
    kinds = {
        "plain": {"kind": "resnet-9-snapshots", "count": len(cycle), **ARCHITECTURE},
        "robust": {"kind": "resnet-9", **ARCHITECTURE, "mirrored": True},
    }
    networks = {"plain": snapshots(cycle), "robust": trained("robust")}
    trials = {way: tried(network, clean, held.labels) for way, network in networks.items()}
    others = {way: trained(way) for way in TOLD if way not in trials}
    sharpened(others["distilled"])
    few = {way: tried(network, clean[::4], held.labels[::4]) for way, network in others.items()}
    ways = compared({way: trial.thinned() for way, trial in trials.items()} | few)
    for name, (way, title) in TITLES.items():
        publish(name, title, kinds[way], trials[way], held.names, ways)
