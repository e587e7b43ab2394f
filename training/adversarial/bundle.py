"""Checkpoints in, assets/models/cifar10-resnet* out: calibrated, and measured clean, attacked and defended."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from PIL import Image
from torch import Tensor

from training import options
from training.adversarial import training_loop
from training.adversarial.cifar import load_cifar10
from training.adversarial.distillation import TEMPERATURE, load_trained, remove_temperature
from training.adversarial.training_loop import EPSILON, MEAN, STD, logits
from training.publish import Predictions, save_model, to_int8, to_metric, write_card
from zoo.core.loading import NormalizedModel
from zoo.exhibits.adversarial.attacks import fgsm, gradient_sign, pgd, random_start
from zoo.exhibits.adversarial.context import to_picture, to_pixels
from zoo.exhibits.adversarial.feature_squeezing import transformations
from zoo.exhibits.adversarial.knobs import SqueezingKnobs
from zoo.nets.resnet9 import SnapshotEnsemble

STANDARD, ROBUST = "cifar10-resnet", "cifar10-resnet-robust"
TITLES = {STANDARD: "ResNet-9 for CIFAR-10", ROBUST: "ResNet-9 for CIFAR-10, adversarially trained"}
MEMBERS = [f"{STANDARD}-cycle-{cycle}" for cycle in (2, 3, 4)]
HARD, SMOOTHED, DISTILLED = "cifar10-hard-labels", "cifar10-smoothed-labels", "cifar10-distilled"
TRAINED_ON = {
    HARD: "labels",
    SMOOTHED: "labels, smoothed by 0.1",
    DISTILLED: f"a teacher's probabilities, at temperature {TEMPERATURE:g}",
    ROBUST: f"labels, and adversarial pictures (`{ROBUST}`)",
}
FGSM, PGD = "FGSM, 8/255", "PGD-10, 8/255"
BATCH = 250
# What the held-out pictures decided beside the metrics, which the cards say.
CHOSEN = {STANDARD: "; the members of the ensemble were chosen on them", ROBUST: ""}


@dataclass(frozen=True)
class AttackedPictures:
    """A network, and the held-out pictures clean, under FGSM and under ten steps of PGD, (N, 3, 32, 32) each."""

    network: NormalizedModel
    labels: Tensor
    pictures: Mapping[str, Tensor]

    def predict(self, pictures: Tensor) -> Predictions:
        return Predictions(logits(self.network, pictures), self.labels)

    def every_fourth(self) -> "AttackedPictures":
        """A quarter of the pictures, for what is measured many times."""
        return AttackedPictures(
            self.network, self.labels[::4], {name: part[::4] for name, part in self.pictures.items()}
        )


def attack_all(network: NormalizedModel, clean: Tensor, labels: Tensor) -> AttackedPictures:
    after_fgsm, after_pgd = [], []
    generator = torch.Generator().manual_seed(0)
    for pixels, truth in zip(clean.split(BATCH), labels.split(BATCH), strict=True):
        sign_of = partial(gradient_sign, network, labels=truth)
        after_fgsm.append(fgsm(pixels, sign_of(pixels), EPSILON))
        start = random_start(pixels, EPSILON, generator)
        (*_, adversarial) = pgd(sign_of, pixels, EPSILON, EPSILON / 4, 10, start)
        after_pgd.append(adversarial)
    pictures = {"clean": clean, FGSM: torch.cat(after_fgsm), PGD: torch.cat(after_pgd)}
    return AttackedPictures(network, labels, pictures)


def table(first: str, columns: Iterable[str], rows: Mapping[str, Iterable[float]]) -> str:
    """Accuracies as a table in Markdown."""
    lines = [f"| {name} | " + " | ".join(f"{value:.1%}" for value in values) + " |" for name, values in rows.items()]
    header = [first, *columns]
    return "\n".join([f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines])


def transformed(pictures: Tensor, transform: Callable[[Image.Image], Image.Image]) -> Tensor:
    """Each picture at 8 bits a channel, after a transformation of the input."""
    return torch.cat([to_pixels(transform(to_picture(pixels))) for pixels in pictures])


def defences_table(attacked: AttackedPictures) -> str:
    """Accuracy after each transformation of the input, clean and attacked."""
    rows = {
        name: [attacked.predict(transformed(part, transform)).accuracy(1) for part in attacked.pictures.values()]
        for name, transform in transformations(SqueezingKnobs()).items()
    }
    return table("transformation", attacked.pictures, rows)


def training_table(attacked: Mapping[str, AttackedPictures]) -> str:
    """Accuracy of each kind of training: clean, attacked, and on pictures that attack another network."""
    transferred = attacked[STANDARD].pictures[PGD]
    rows = {
        description: [
            attacked[name].predict(part).accuracy(1) for part in (*attacked[name].pictures.values(), transferred)
        ]
        for name, description in TRAINED_ON.items()
    }
    return table("trained on", [*attacked[STANDARD].pictures, f"PGD-10 on `{STANDARD}`"], rows)


def publish(
    name: str, architecture: Mapping[str, object], attacked: AttackedPictures, classes: list[str], comparison: str
) -> None:
    """Write one model's folder."""
    predictions = attacked.predict(attacked.pictures["clean"])
    temperature = round(predictions.temperature(), 3)
    view = {
        "resize": 32,
        "crop": 32,
        "interpolation": "bilinear",
        "temperature": temperature,
        "unsure_below": predictions.threshold(temperature),
    }
    config = {
        "exhibit": "adversarial",
        "title": TITLES[name],
        "architecture": architecture,
        "preprocessing": {"views": [view], "mean": MEAN, "std": STD},
        "classes": [{"id": str(index), "label": label} for index, label in enumerate(classes)],
    }
    folder = save_model(name, config, to_int8(attacked.network.network.state_dict()))
    count = len(attacked.labels)
    dataset = (
        f"CIFAR-10 as JPEG, held out: the last {count // 10} training pictures of each class, {count:,}{CHOSEN[name]}"
    )
    metrics = [
        to_metric(
            "top-1 accuracy" if kind == "clean" else f"accuracy under {kind}",
            attacked.predict(part).accuracy(1),
            dataset,
        )
        for kind, part in attacked.pictures.items()
    ]
    words = {"defences": defences_table(attacked.every_fourth()), "comparison": comparison}
    write_card(folder, Path(__file__).with_name(f"{name}.md"), metrics, words)
    typer.echo(f"{name}: " + ", ".join(f"{metric.name} {metric.value:.4f}" for metric in metrics))


def make_ensemble(names: Sequence[str]) -> NormalizedModel:
    """The snapshots of these runs in one network."""
    network = SnapshotEnsemble(n_members=len(names), **training_loop.ARCHITECTURE)
    for member, name in zip(network.members, names, strict=True):
        member.load_state_dict(load_trained(name).network.state_dict())
    return NormalizedModel(network, MEAN, STD).to(memory_format=torch.channels_last).eval()


def bundle(
    data: options.Data,
    member: Annotated[list[str], typer.Option(help="A checkpoint that joins the ensemble, by its name.")] = MEMBERS,
) -> None:
    """Write assets/models/cifar10-resnet and cifar10-resnet-robust."""
    _, held_out = load_cifar10(data)
    clean, labels = held_out.floats(), held_out.labels
    architectures: dict[str, dict[str, Any]] = {
        STANDARD: {"kind": "resnet-9-snapshots", "n_members": len(member), **training_loop.ARCHITECTURE},
        ROBUST: {"kind": "resnet-9", **training_loop.ARCHITECTURE, "flip_tta": True},
    }
    networks = {STANDARD: make_ensemble(member), ROBUST: load_trained(ROBUST)}
    attacked = {name: attack_all(network, clean, labels) for name, network in networks.items()}
    compared = {name: load_trained(name) for name in (HARD, SMOOTHED, DISTILLED)}
    remove_temperature(compared[DISTILLED])
    quarter = {name: attack_all(network, clean[::4], labels[::4]) for name, network in compared.items()}
    comparison = training_table({name: each.every_fourth() for name, each in attacked.items()} | quarter)
    for name in TITLES:
        publish(name, architectures[name], attacked[name], held_out.class_names, comparison)
