"""A model's folder: calibrated, in half precision or 8 bits, with a card from a template and metrics just measured."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from zoo.core import checksums
from zoo.core.assets import ASSETS
from zoo.core.cards import MODELS, PLAIN, SCORES, WEIGHTS_FILE, Metric, write_config
from zoo.nets.rounding import row_scaled_int8

KINDS = ("recall", *SCORES, *PLAIN)


def to_metric(name: str, value: float, dataset: str) -> Metric:
    """A metric for a card: a fraction, not percent, but for scores and the plain kinds; rounded to four places."""
    kind = next((kind for kind in KINDS if kind in name.lower()), "accuracy")
    return Metric(name, round(value, 4), dataset, kind)


@dataclass(frozen=True)
class Predictions:
    """Logits of samples whose class the model has, and the indices of those classes."""

    logits: Tensor  # (N, num_classes)
    targets: Tensor  # (N,)

    def accuracy(self, k: int) -> float:
        """Top-k accuracy."""
        best = self.logits.topk(k).indices
        return (best == self.targets[:, None]).any(1).float().mean().item()

    def temperature(self) -> float:
        """The divisor of the logits that minimizes the cross-entropy (Guo et al. 2017, arXiv:1706.04599)."""
        candidates = torch.logspace(-1, 1, 401).tolist()
        return min(candidates, key=lambda t: F.cross_entropy(self.logits / t, self.targets).item())

    def probabilities(self) -> Tensor:
        """(N, num_classes) at that temperature."""
        return (self.logits / self.temperature()).softmax(1)

    def threshold(self, temperature: float) -> float:
        """The confidence that 19 in 20 correct predictions reach."""
        confidence, best = (self.logits / temperature).softmax(1).max(1)
        return round(confidence[best == self.targets].quantile(0.05).item(), 3)


def to_half(tensor: Tensor) -> Tensor:
    """Half precision where it can hold the values: not a variance beyond its range, and not a counter."""
    fits = tensor.is_floating_point() and tensor.abs().max() < 6e4 and not 0 < tensor.abs().max() < 1e-4
    return tensor.half().contiguous() if fits else tensor.contiguous()


def to_int8(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and filters as 8-bit integers with a scale per row, which ``zoo.core.weights`` decodes."""
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim > 1:
            stored[f"{name}.int8"], stored[f"{name}.scale"] = row_scaled_int8(tensor)
        else:
            stored[name] = to_half(tensor)
    return stored


def save_model(name: str, config: dict[str, Any], tensors: dict[str, Tensor]) -> Path:
    """Write a model's folder, all but its card."""
    folder = MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, config)
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(contiguous, folder / WEIGHTS_FILE, metadata={"format": "pt"})  # transformers reads no file without it
    list_hashes(folder)
    return folder


def list_hashes(folder: Path) -> None:
    """Bring the hashes of a bundled folder's files in assets/SHA256SUMS up to date; other folders are on no list."""
    if folder.is_relative_to(ASSETS):
        checksums.list_assets(folder)


def write_card(
    folder: Path,
    template: Path,
    metrics: Sequence[Metric],
    words: Mapping[str, object],
    data: Sequence[dict[str, str]] = (),
) -> None:
    """Write README.md from a template: front matter with ``model-index``, text with ``{metrics}`` and ``words``.

    ``{values[0]}``: the first metric's value, empty while nothing is measured. ``data``: training data beyond what the
    template lists.
    """
    card = ModelCard(template.read_text())
    front = card.data.to_dict()
    front["training_data"] += data
    results = [
        EvalResult(
            task_type=front["pipeline_tag"],
            dataset_type=re.sub(r"\W+", "-", metric.dataset).strip("-").lower(),  # results of one type are merged
            dataset_name=metric.dataset,
            metric_type=metric.kind,
            metric_name=metric.name,
            metric_value=metric.value,
        )
        for metric in metrics
    ]
    header = ModelCardData(**front, model_name=folder.name, eval_results=results, ignore_metadata_errors=False)
    rows = [f"| {metric.name} | {metric.formatted} | {metric.dataset} |" for metric in metrics]
    table = "\n".join(["| metric | value | measured on |", "|---|---|---|", *rows])
    values = defaultdict(str, enumerate(metric.formatted for metric in metrics))
    text = card.text.strip().format(metrics=table, values=values, **words)
    (folder / "README.md").write_text(f"---\n{header.to_yaml()}\n---\n\n{text}\n")
    list_hashes(folder)  # the recipe may have added files since the weights
