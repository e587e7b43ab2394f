"""Checkpoints in, assets/models/sound-* out: calibrated and measured on the folds that each network had not heard."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import torch
import typer
from torch import Tensor, nn

from training import options
from training.publish import Figure, Scored, compact, save, write_card
from training.run import CHECKPOINTS
from training.sound import audionet, spectrogram
from training.sound.clips import FFT, FOLDS, HOP, MELS, RATE, Clips, esc50
from zoo.nets.audionet import AudioNet
from zoo.nets.spectrogram import SpectrogramNet

FAMILIES = ["Animals", "Nature and water", "People", "Indoors", "City"]
MEASURED_ON = "ESC-50 folds 1 to 4 at 16 kHz, 4-fold cross-validation, 1,600 clips"
CONFUSION = "confusion.csv"


def checkpoint(kind: str, fold: int) -> dict[str, Tensor]:
    """The weights trained without that fold, rounded to half precision as they will be kept; 0: on all folds."""
    state = torch.load(CHECKPOINTS / f"sound-{kind}-{fold}.pt", weights_only=True)["network"]
    return {name: compact(tensor) for name, tensor in state.items()}


@torch.inference_mode()
def cross_validated(kind: str, network: nn.Module, clips: Clips) -> Tensor:
    """(N, 50) logits of each clip, by the network that had not heard its fold."""
    scores = torch.empty(len(clips.labels), len(clips.names))
    network.eval()
    for fold in FOLDS:
        network.load_state_dict({name: tensor.float() for name, tensor in checkpoint(kind, fold).items()})
        for part in clips.places([fold]).split(50):
            scores[part] = network(clips.samples[part].float())
    return scores


def confusion(path: Path, clips: Clips, said: Tensor) -> list[tuple[str, str, int]]:
    """Write how often which class was taken for which; the commonest confusions."""
    pairs = Counter(zip(clips.labels.tolist(), said.tolist(), strict=True))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["true \\ said", *clips.names])
        for true, name in enumerate(clips.names):
            writer.writerow([name, *(pairs[true, other] for other in range(len(clips.names)))])
    wrong = [(clips.names[true], clips.names[other], n) for (true, other), n in pairs.most_common() if true != other]
    return wrong[:6]


def publish(name: str, kind: str, config: dict[str, Any], clips: Clips, scores: Tensor, mean: Tensor) -> None:
    """One model's folder; ``mean``: the odds by the average of both models, for its figure in the card."""
    scored = Scored(scores, clips.labels)
    temperature = round(scored.temperature(), 3)
    config |= {
        "exhibit": "sound",
        "mels": MELS,
        "temperature": temperature,
        "unsure_below": scored.threshold(temperature),
        "families": FAMILIES,
        "classes": [{"id": str(number), "label": label.replace("_", " ")} for number, label in enumerate(clips.names)],
    }
    folder = save(name, config, checkpoint(kind, 0))
    said = scores.argmax(1)
    commonest = confusion(folder / CONFUSION, clips, said)
    folds = [Scored(scores[part], clips.labels[part]).top(1) for part in map(clips.places, ([f] for f in FOLDS))]
    recalls = [
        ((said == place)[clips.labels == place].float().mean().item(), label) for place, label in enumerate(clips.names)
    ]
    words = {
        "folds": ", ".join(f"{value:.1%}" for value in folds),
        "together": f"{Scored(mean, clips.labels).top(1):.1%}",
        "worst": ", ".join(f"{label} {value:.0%}" for value, label in sorted(recalls)[:6]),
        "confusions": ", ".join(f"{true} taken for {other} ({n})" for true, other, n in commonest),
    }
    words = {key: value.replace("_", " ") for key, value in words.items()}
    figure = Figure("accuracy", scored.top(1), MEASURED_ON)
    write_card(folder, Path(__file__).with_name(f"{name}.md"), [figure], words)
    typer.echo(f"{name}: {scored.top(1):.4f} ({words['folds']}), together {words['together']}")


def bundle(data: options.Data) -> None:
    """Write assets/models/sound-spectrogram and sound-audionet; each needs the checkpoints of folds 0 to 4."""
    clips = esc50(data)
    reader: SpectrogramNet = spectrogram.new_network(data, len(clips.names))
    listener: AudioNet = audionet.new_network(len(clips.names))
    parts: list[tuple[str, nn.Module]] = [("spectrogram", reader), ("audionet", listener)]
    scores = {kind: cross_validated(kind, network, clips) for kind, network in parts}
    mean = torch.stack([Scored(logits, clips.labels).odds() for logits in scores.values()]).mean(0)
    classes = len(clips.names)
    seen = {"kind": "spectrogram-net", "rate": RATE, "num_classes": classes, "fft": FFT, "hop": HOP, "mels": MELS}
    heard = {"kind": "audionet", "rate": RATE, "num_classes": classes, **audionet.ARCHITECTURE}
    reads = {
        "title": "MobileNetV2 on spectrograms",
        "architecture": {**seen, "windows": [FFT], "span": spectrogram.SPAN},
        "feature_dimensions": 2,
    }
    hears = {"title": "AudioNet", "architecture": heard, "feature_dimensions": 1}
    publish("sound-spectrogram", "spectrogram", reads, clips, scores["spectrogram"], mean)
    publish("sound-audionet", "audionet", hears, clips, scores["audionet"], mean)
