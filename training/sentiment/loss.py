"""What TweetLSTM is trained to predict, and the loss of its two heads."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from training.sentiment.tweets import NEUTRAL, POSITIVE, SOURCES


@dataclass(frozen=True)
class Targets:
    """Probabilities to reach, of N texts: (N, 3) and (N, 2); ``polar`` and ``weights``: (N,)."""

    three: Tensor
    two: Tensor
    polar: Tensor  # 1 where the text is labelled positive or negative, 0 where it is neutral
    weights: Tensor

    def __getitem__(self, indices: Tensor) -> "Targets":
        return Targets(self.three[indices], self.two[indices], self.polar[indices], self.weights[indices])

    @classmethod
    def of_labels(cls, labels: Tensor, weights: Tensor, label_smoothing: float) -> "Targets":
        """Smoothed labels (Szegedy et al. 2016)."""

        def smoothed(indices: Tensor, count: int) -> Tensor:
            return F.one_hot(indices, count) * (1 - label_smoothing) + label_smoothing / count

        return cls(smoothed(labels, 3), smoothed(labels // POSITIVE, 2), (labels != NEUTRAL).float(), weights)

    def mixed(self, probabilities: tuple[Tensor, Tensor], weight: float) -> "Targets":
        """The first of the texts as a mean with a teacher's probabilities (Li and Hoiem 2016, arXiv:1606.09282)."""
        three, two = self.three.clone(), self.two.clone()
        for targets, teacher in zip((three, two), probabilities, strict=True):
            targets[: len(teacher)] = targets[: len(teacher)].lerp(teacher, weight)
        return Targets(three, two, self.polar, self.weights)


class Loss:
    """Weighted cross-entropy of both heads. Classes weigh alike, as in macro-recall; collections as configured."""

    def __init__(
        self,
        labels: Tensor,
        sources: Tensor,
        source_weights: Mapping[str, float],
        binary_source_weights: Mapping[str, float],
    ) -> None:
        """``labels``, ``sources``: (N,) of all training texts. Weights of collections: of three classes and of two."""
        self.weights = torch.tensor([source_weights[name] for name in SOURCES])
        self.binary_weights = torch.tensor([binary_source_weights[name] for name in SOURCES])
        counts = torch.stack([self.weights[sources[labels == label]].sum() for label in range(3)])
        self.class_weights = counts.mean() / counts

    def __call__(self, logits: tuple[Tensor, Tensor], targets: Targets, sources: Tensor) -> Tensor:
        """``logits``: (B, 3) and (B, 2); ``targets``, ``sources``: of the batch."""
        loss = F.cross_entropy(logits[0], targets.three * self.class_weights, reduction="none")  # (B,)
        binary_loss = F.cross_entropy(logits[1], targets.two, reduction="none") * targets.polar  # (B,)
        both = loss * self.weights[sources] + binary_loss * self.binary_weights[sources]
        return (both * targets.weights).mean()
