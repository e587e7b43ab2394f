"""A model's folder: calibrated, in half precision, with a card from a template of ours and figures just measured."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import EvalResult, ModelCard, ModelCardData
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from zoo.core.cards import MODELS, PLAIN, WEIGHTS_FILE, Metric, write_config
from zoo.nets.rounding import row_scaled_int8

KINDS = ("recall", "bleu", "chrf", *PLAIN)


@dataclass(frozen=True)
class Figure:
    """A measured ``value`` of ``name`` on ``dataset``; fractions, not percent, but for the plain kinds."""

    name: str
    value: float
    dataset: str

    @property
    def metric(self) -> Metric:
        kind = next((kind for kind in KINDS if kind in self.name.lower()), "accuracy")
        return Metric(self.name, round(self.value, 4), self.dataset, kind)


@dataclass(frozen=True)
class Scored:
    """Logits of samples whose class the model has, and those classes' places."""

    logits: Tensor  # (N, classes)
    targets: Tensor  # (N,)

    def top(self, k: int) -> float:
        best = self.logits.topk(k).indices
        return (best == self.targets[:, None]).any(1).float().mean().item()

    def temperature(self) -> float:
        """The divisor of the logits that makes the true class most likely (Guo et al. 2017, arXiv:1706.04599)."""
        candidates = torch.logspace(-1, 1, 401).tolist()
        return min(candidates, key=lambda t: F.cross_entropy(self.logits / t, self.targets).item())

    def odds(self) -> Tensor:
        """(N, classes) probabilities at that temperature."""
        return (self.logits / self.temperature()).softmax(1)

    def threshold(self, temperature: float) -> float:
        """The confidence that nineteen in twenty right answers reach."""
        confidence, best = (self.logits / temperature).softmax(1).max(1)
        return round(confidence[best == self.targets].quantile(0.05).item(), 3)


def compact(tensor: Tensor) -> Tensor:
    """Half precision where it can hold the numbers: not a variance beyond its range, and not a counter."""
    fits = tensor.is_floating_point() and tensor.abs().max() < 6e4 and not 0 < tensor.abs().max() < 1e-4
    return tensor.half().contiguous() if fits else tensor.contiguous()


def in_8_bits(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and filters as 8-bit integers with a scale for each row, which ``zoo.core.weights`` decodes."""
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim > 1:
            stored[f"{name}.int8"], stored[f"{name}.scale"] = row_scaled_int8(tensor)
        else:
            stored[name] = compact(tensor)
    return stored


def save(name: str, config: dict[str, Any], tensors: dict[str, Tensor]) -> Path:
    """Write a model's folder, all but its card."""
    folder = MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, config)
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(whole, folder / WEIGHTS_FILE, metadata={"format": "pt"})  # transformers reads no file without it
    return folder


def write_card(
    folder: Path, template: Path, figures: list[Figure], words: dict[str, object], data: Sequence[dict[str, str]] = ()
) -> None:
    """Write README.md: the template's front matter and text, with ``model-index``, a table of figures and ``words``.

    ``data``: what this model was trained on beyond what the template says.
    """
    card = ModelCard(template.read_text())
    front = card.data.to_dict()
    front["training_data"] += data
    results = [
        EvalResult(
            task_type=front["pipeline_tag"],
            dataset_type=re.sub(r"\W+", "-", figure.dataset).strip("-").lower(),  # results of one type are merged
            dataset_name=figure.dataset,
            metric_type=figure.metric.kind,
            metric_name=figure.name,
            metric_value=figure.metric.value,
        )
        for figure in figures
    ]
    header = ModelCardData(**front, model_name=folder.name, eval_results=results, ignore_metadata_errors=False)
    rows = [f"| {figure.name} | {figure.metric.shown} | {figure.dataset} |" for figure in figures]
    table = "\n".join(["| figure | value | measured on |", "|---|---|---|", *rows])
    text = card.text.strip().format(figures=table, **words)
    (folder / "README.md").write_text(f"---\n{header.to_yaml()}\n---\n\n{text}\n")
