"""The clips of ESC-50's folds 1 to 4, decoded once and cached."""

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
N_FFT, HOP_LENGTH, N_MELS = 1024, 256, 128


@dataclass(frozen=True)
class Clips:
    """``samples``: (N, 80000) float16; ``labels`` 0 to 49 and ``folds`` 1 to 4: (N,); ``names`` of the 50 classes."""

    samples: Tensor
    labels: Tensor
    folds: Tensor
    names: list[str]

    def indices(self, folds: list[int]) -> Tensor:
        """The indices of the clips of these folds."""
        return torch.isin(self.folds, torch.tensor(folds)).nonzero()[:, 0]


def esc50(data: Path) -> Clips:
    """All clips of the four folds, shorter ones padded with zeros. ``data``: as training/README.md describes."""
    with (data / "sound" / "esc50.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = {int(row["target"]): row["category"] for row in rows}
    cached = CACHE / "esc50.pt"
    if not cached.exists():
        decoded = [_read_fold(data / "sound" / f"esc50_fold{fold}.tar", fold) for fold in FOLDS]
        CACHE.mkdir(parents=True, exist_ok=True)
        torch.save([torch.cat(parts) for parts in zip(*decoded, strict=True)], cached)
    samples, labels, folds = torch.load(cached, weights_only=True)
    return Clips(samples, labels, folds, [names[index] for index in sorted(names)])


def _read_fold(path: Path, fold: int) -> tuple[Tensor, Tensor, Tensor]:
    """Samples, labels and fold of each clip; a file's name ends in ``-LABEL.ogg``."""
    samples, labels = [], []
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            assert file is not None
            clip = torch.from_numpy(decode_sound(file.read(), RATE).samples)[: RATE * SECONDS]
            samples.append(F.pad(clip, (0, RATE * SECONDS - len(clip))).half())
            labels.append(int(Path(member.name).stem.rsplit("-", 1)[1]))
    return torch.stack(samples), torch.tensor(labels), torch.full((len(labels),), fold)


def log_mel_spectrograms(clips: Clips) -> Tensor:
    """(N, 128, 313) float16 decibels of every clip, computed once and cached."""
    cached = CACHE / f"esc50-mel-{N_FFT}-{HOP_LENGTH}-{N_MELS}.pt"
    if not cached.exists():
        log_mel = LogMel(sample_rate=RATE, n_fft=N_FFT, hop_length=HOP_LENGTH, n_mels=N_MELS)
        torch.save(torch.cat([log_mel(part.float()).half() for part in clips.samples.split(50)]), cached)
    decibels: Tensor = torch.load(cached, weights_only=True)
    return decibels
