"""Checkpoints to assets/models/sound-*: calibrated and measured on the folds that each network was not trained on."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.publish import Predictions, save_model, to_half, to_int8, to_metric, write_card
from training.run import CHECKPOINTS, is_finished
from training.sound import audionet, spectrogram
from training.sound.clips import FOLDS, Clips, esc50
from training.sound.folds import run_name
from zoo.core.cards import Metric
from zoo.core.weights import decoded

CATEGORIES = ["Animals", "Natural soundscapes", "Human, non-speech", "Interior and domestic", "Exterior and urban"]
CONFUSION_FILE = "confusion.csv"
SPECTROGRAM, AUDIONET = "sound-spectrogram", "sound-audionet"
MANY = 10_000  # numbers in a tensor


def checkpoint_file(name: str, fold: int) -> Path:
    """The checkpoint of the run that holds out the fold, 0 for none."""
    return CHECKPOINTS / f"{run_name(name, fold)}.pt"


def load_checkpoint(name: str, fold: int) -> dict[str, Tensor]:
    """The weights of that run as they are stored."""
    return rounded(torch.load(checkpoint_file(name, fold), weights_only=True)["network"])


def rounded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """As they are stored: in 8 bits where that saves much, else in half precision.

    The scores of the published YAMNet move by up to 0.075; they would by 0.108 if all tensors were in 8 bits.
    """
    large = {name: tensor for name, tensor in tensors.items() if tensor.ndim > 1 and tensor.numel() > MANY}
    return to_int8(large) | {name: to_half(tensor) for name, tensor in tensors.items() if name not in large}


def measured_folds(name: str) -> list[int]:
    """The folds for which there is a finished run that holds them out."""
    return [fold for fold in FOLDS if is_finished(checkpoint_file(name, fold))]


@torch.inference_mode()
def held_out_logits(name: str, network: nn.Module, clips: Clips) -> Tensor:
    """(N, 50) logits of each clip by the network that was not trained on its fold; NaN where there is none."""
    logits = torch.full((len(clips.labels), len(clips.names)), torch.nan)
    network.eval()
    for fold in measured_folds(name):
        network.load_state_dict(decoded(load_checkpoint(name, fold)))
        for part in clips.indices([fold]).split(50):
            logits[part] = network(clips.samples[part].float())
    return logits


def dataset_text(folds: list[int], clips: int, chosen: str = "") -> str:
    """What a metric was measured on. ``chosen``: what was chosen on the same clips."""
    names = f"fold {folds[0]}" if len(folds) == 1 else f"folds {', '.join(map(str, folds))} in turn"
    text = f"ESC-50 at 16 kHz, {names} held out, {clips:,} clips"
    return f"{text}; {chosen} on the same clips" if chosen else text


def pooling_weights(probabilities: list[Tensor], targets: Tensor) -> tuple[float, float]:
    """The factors of two models' log-probabilities with the least cross-entropy of their sum."""
    log_probs = [rows.log() for rows in probabilities]
    choices = [(one / 20, other / 20) for one in range(31) for other in range(31)]
    return min(
        choices, key=lambda pair: F.cross_entropy(pair[0] * log_probs[0] + pair[1] * log_probs[1], targets).item()
    )


def write_confusion(path: Path, names: list[str], targets: Tensor, predictions: Tensor) -> list[tuple[str, str, int]]:
    """Write the confusion matrix as CSV; returns its largest entries beside the diagonal."""
    pairs = Counter(zip(targets.tolist(), predictions.tolist(), strict=True))
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["true \\ predicted", *names])
        for row, name in enumerate(names):
            writer.writerow([name, *(pairs[row, column] for column in range(len(names)))])
    return [(names[row], names[column], n) for (row, column), n in pairs.most_common() if row != column][:6]


def publish(
    name: str,
    config: dict[str, Any],
    clips: Clips,
    logits: Tensor,
    tensors: dict[str, Tensor],
    metrics: Sequence[Metric] = (),
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write one model's folder. ``metrics`` and ``facts``: what its card says beside its accuracy."""
    folds = measured_folds(name)
    indices = clips.indices(folds)
    predictions = Predictions(logits[indices], clips.labels[indices])
    temperature = round(predictions.temperature(), 3)
    names = [label.replace("_", " ") for label in clips.names]
    config |= {
        "exhibit": "sound",
        "temperature": temperature,
        "unsure_below": predictions.threshold(temperature),
        "categories": CATEGORIES,
        "classes": [{"id": str(number), "label": label} for number, label in enumerate(names)],
    }
    folder = save_model(name, config, tensors)
    best = predictions.logits.argmax(1)
    confused = write_confusion(folder / CONFUSION_FILE, names, predictions.targets, best)
    by_fold = [
        (fold, Predictions(logits[part], clips.labels[part]).accuracy(1))
        for fold in folds
        for part in [clips.indices([fold])]
    ]
    correct = (best == predictions.targets).float()
    recalls = sorted((correct[predictions.targets == index].mean().item(), label) for index, label in enumerate(names))
    words = {
        "folds": ", ".join(f"fold {fold} {value:.1%}" for fold, value in by_fold),
        "worst": ", ".join(f"{label} {value:.0%}" for value, label in recalls[:6]),
        "confusions": ", ".join(f"{true} as {other} ({n})" for true, other, n in confused),
    }
    accuracy = to_metric("accuracy", predictions.accuracy(1), dataset_text(folds, len(indices)))
    write_card(folder, Path(__file__).with_name(f"{name}.md"), [accuracy, *metrics], words | dict(facts or {}))
    typer.echo(f"{name}: {accuracy.value:.4f} ({words['folds']})")


def bundle(data: options.Data) -> None:
    """Calibrate, measure and write assets/models/sound-spectrogram and sound-audionet.

    The weights are of the runs on all folds; the runs that hold out a fold measure.
    """
    clips = esc50(data)
    num_classes = len(clips.names)
    networks = {
        SPECTROGRAM: spectrogram.initial_network(data, num_classes),
        AUDIONET: audionet.initial_network(num_classes),
    }
    logits = {name: held_out_logits(name, network, clips) for name, network in networks.items()}
    folds = [fold for fold in measured_folds(SPECTROGRAM) if fold in measured_folds(AUDIONET)]
    both = clips.indices(folds)
    targets = clips.labels[both]
    probabilities = [Predictions(rows[both], targets).probabilities() for rows in logits.values()]
    weights = pooling_weights(probabilities, targets)
    pooled = torch.stack([w * rows.log() for w, rows in zip(weights, probabilities, strict=True)]).sum(0)
    ensemble = to_metric(
        "accuracy of the average of both models",
        Predictions(pooled, targets).accuracy(1),
        dataset_text(folds, len(both), "the weights of the average were chosen"),
    )
    configs = {
        SPECTROGRAM: {
            "title": "MobileNetV2 on spectrograms",
            "architecture": {"kind": "spectrogram-net", **spectrogram.ARCHITECTURE, "num_classes": num_classes},
            "spatial_dims": 2,
        },
        AUDIONET: {
            "title": "AudioNet",
            "architecture": {"kind": "audionet", **audionet.ARCHITECTURE, "num_classes": num_classes},
            "spatial_dims": 1,
        },
    }
    for (name, config), weight in zip(configs.items(), weights, strict=True):
        tensors = load_checkpoint(name, 0)
        publish(name, config | {"ensemble_weight": weight}, clips, logits[name], tensors, [ensemble])
