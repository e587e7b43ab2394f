"""Checkpoints in, assets/models/sound-* out: calibrated and measured on the folds that each network had not heard."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.publish import Predictions, save_model, to_half, to_metric, write_card
from training.run import CHECKPOINTS, is_finished
from training.sound import audionet, spectrogram
from training.sound.clips import FFT, FOLDS, HOP, MELS, RATE, Clips, esc50

FAMILIES = ["Animals", "Nature and water", "People", "Indoors", "City"]
CONFUSION = "confusion.csv"


def file_of(kind: str, fold: int) -> Path:
    """Where the weights are that were trained without that fold (0: on all), after as many cycles as those on all."""
    second = CHECKPOINTS / f"sound-{kind}-0-second.pt"
    return CHECKPOINTS / f"sound-{kind}-{fold}{'-second' if is_finished(second) else ''}.pt"


def checkpoint(kind: str, fold: int) -> dict[str, Tensor]:
    """The weights trained without that fold, rounded to half precision as they will be kept."""
    state = torch.load(file_of(kind, fold), weights_only=True)["network"]
    return {name: to_half(tensor) for name, tensor in state.items()}


def measured_folds(kind: str) -> list[int]:
    """The folds that a network was trained without, to the end."""
    return [fold for fold in FOLDS if is_finished(file_of(kind, fold))]


@torch.inference_mode()
def held_out_logits(kind: str, network: nn.Module, clips: Clips) -> Tensor:
    """(N, 50) logits of each clip, by the network that had not heard its fold; NaN where there is none."""
    scores = torch.full((len(clips.labels), len(clips.names)), torch.nan)
    network.eval()
    for fold in measured_folds(kind):
        network.load_state_dict({name: tensor.float() for name, tensor in checkpoint(kind, fold).items()})
        for part in clips.places([fold]).split(50):
            scores[part] = network(clips.samples[part].float())
    return scores


def measured_on(folds: list[int], clips: int) -> str:
    """What a figure refers to, in words."""
    named = "fold " + str(folds[0]) if len(folds) == 1 else "folds " + ", ".join(map(str, folds))
    each = "" if len(folds) == 1 else " each"
    return f"ESC-50 at 16 kHz, {named}{each} held out while the other given folds were learnt, {clips:,} clips"


def pooling_weights(odds: list[Tensor], targets: Tensor) -> tuple[float, float]:
    """By what to multiply two models' logarithms of odds so that their sum makes the true class most likely."""
    choices = [(one / 20, other / 20) for one in range(31) for other in range(31)]
    return min(choices, key=lambda pair: F.cross_entropy(pair[0] * odds[0] + pair[1] * odds[1], targets).item())


def confusion(path: Path, names: list[str], true: Tensor, said: Tensor) -> list[tuple[str, str, int]]:
    """Write how often which class was taken for which; the commonest confusions."""
    pairs = Counter(zip(true.tolist(), said.tolist(), strict=True))
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["true \\ said", *names])
        for row, name in enumerate(names):
            writer.writerow([name, *(pairs[row, column] for column in range(len(names)))])
    return [(names[row], names[column], n) for (row, column), n in pairs.most_common() if row != column][:6]


def publish(name: str, kind: str, config: dict[str, Any], clips: Clips, scores: Tensor, together: Metric) -> None:
    """One model's folder. ``together``: how the average of both models does."""
    folds = measured_folds(kind)
    heard = clips.places(folds)
    scored = Predictions(scores[heard], clips.labels[heard])
    temperature = round(scored.temperature(), 3)
    names = [label.replace("_", " ") for label in clips.names]
    config |= {
        "exhibit": "sound",
        "mels": MELS,
        "temperature": temperature,
        "unsure_below": scored.threshold(temperature),
        "families": FAMILIES,
        "classes": [{"id": str(number), "label": label} for number, label in enumerate(names)],
    }
    folder = save_model(name, config, checkpoint(kind, 0))
    said = scored.logits.argmax(1)
    commonest = confusion(folder / CONFUSION, names, scored.targets, said)
    by_fold = [
        (fold, Predictions(scores[part], clips.labels[part]).accuracy(1))
        for fold in folds
        for part in [clips.places([fold])]
    ]
    right = (said == scored.targets).float()
    recalls = sorted((right[scored.targets == place].mean().item(), label) for place, label in enumerate(names))
    words = {
        "folds": ", ".join(f"fold {fold} {value:.1%}" for fold, value in by_fold),
        "worst": ", ".join(f"{label} {value:.0%}" for value, label in recalls[:6]),
        "confusions": ", ".join(f"{true} taken for {other} ({n})" for true, other, n in commonest),
    }
    figure = to_metric("accuracy", scored.accuracy(1), measured_on(folds, len(heard)))
    write_card(folder, Path(__file__).with_name(f"{name}.md"), [figure, together], words)
    typer.echo(f"{name}: {scored.accuracy(1):.4f} ({words['folds']}), together {together.value:.4f}")


def bundle(data: options.Data) -> None:
    """Write assets/models/sound-spectrogram and sound-audionet from checkpoint 0; others measure, fold by fold."""
    clips = esc50(data)
    classes = len(clips.names)
    networks = {"spectrogram": spectrogram.new_network(data, classes), "audionet": audionet.new_network(classes)}
    scores = {kind: held_out_logits(kind, network, clips) for kind, network in networks.items()}
    folds = [fold for fold in measured_folds("spectrogram") if fold in measured_folds("audionet")]
    both = clips.places(folds)
    odds = [Predictions(logits[both], clips.labels[both]).probabilities().log() for logits in scores.values()]
    weights = pooling_weights(odds, clips.labels[both])
    pooled = sum(weight * each for weight, each in zip(weights, odds, strict=True))
    assert isinstance(pooled, Tensor)
    together = to_metric(
        "accuracy, averaged with the other",
        Predictions(pooled, clips.labels[both]).accuracy(1),
        measured_on(folds, len(both)),
    )
    shared = {"rate": RATE, "num_classes": classes}
    seen = {"kind": "spectrogram-net", **shared, "fft": FFT, "hop": HOP, "mels": MELS}
    reads = {
        "title": "MobileNetV2 on spectrograms",
        "architecture": {**seen, "windows": [FFT], "span": spectrogram.SPAN},
        "feature_dimensions": 2,
    }
    heard = {"kind": "audionet", **shared, **audionet.ARCHITECTURE}
    hears = {"title": "AudioNet", "architecture": heard, "feature_dimensions": 1}
    reads["weight"], hears["weight"] = weights
    publish("sound-spectrogram", "spectrogram", reads, clips, scores["spectrogram"], together)
    publish("sound-audionet", "audionet", hears, clips, scores["audionet"], together)
