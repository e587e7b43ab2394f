"""The given clips of ESC-50, their folds kept apart, decoded once."""

import csv
import tarfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from training.options import CACHE
from zoo.core.sounds import decode_sound
from zoo.nets.logmel import LogMel

RATE, SECONDS = 16_000, 5
FOLDS = (1, 2, 3, 4)
FFT, HOP, MELS = 1024, 256, 128


@dataclass(frozen=True)
class Clips:
    """``samples``: (N, 80000) float16; ``labels`` 0 to 49 and ``folds`` 1 to 4: (N,); ``names`` of the 50 classes."""

    samples: Tensor
    labels: Tensor
    folds: Tensor
    names: list[str]

    def places(self, folds: list[int]) -> Tensor:
        """Where the clips of these folds are."""
        return torch.isin(self.folds, torch.tensor(folds)).nonzero()[:, 0]


def esc50(data: Path) -> Clips:
    """All clips of the given folds, zeros at the end of the shorter ones."""
    with (data / "sound" / "esc50.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = {int(row["target"]): row["category"] for row in rows}
    kept = CACHE / "esc50.pt"
    if not kept.exists():
        decoded = [_fold(data / "sound" / f"esc50_fold{fold}.tar", fold) for fold in FOLDS]
        CACHE.mkdir(parents=True, exist_ok=True)
        torch.save([torch.cat(parts) for parts in zip(*decoded, strict=True)], kept)
    samples, labels, folds = torch.load(kept, weights_only=True)
    return Clips(samples, labels, folds, [names[index] for index in sorted(names)])


def _fold(path: Path, fold: int) -> tuple[Tensor, Tensor, Tensor]:
    """Samples, labels and fold of each clip; a name ends in ``-LABEL.ogg``."""
    samples, labels = [], []
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            assert file is not None
            clip = torch.from_numpy(decode_sound(file.read(), RATE).samples)[: RATE * SECONDS]
            samples.append(F.pad(clip, (0, RATE * SECONDS - len(clip))).half())
            labels.append(int(Path(member.name).stem.rsplit("-", 1)[1]))
    return torch.stack(samples), torch.tensor(labels), torch.full((len(labels),), fold)


def spectrograms(clips: Clips) -> Tensor:
    """(N, 128, 313) float16 decibels of every clip, computed once."""
    kept = CACHE / f"esc50-mel-{FFT}-{HOP}-{MELS}.pt"
    if not kept.exists():
        mel = LogMel(RATE, FFT, HOP, MELS)
        torch.save(torch.cat([mel(part.float()).half() for part in clips.samples.split(50)]), kept)
    cached: Tensor = torch.load(kept, weights_only=True)
    return cached
