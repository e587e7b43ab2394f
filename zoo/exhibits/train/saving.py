"""A trained classifier as a user model: its config, weights and card."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huggingface_hub import EvalResult
from torch import Tensor, nn

from zoo.core import user_models
from zoo.core.cards import Card
from zoo.exhibits.train.backbones import Backbone, stored
from zoo.exhibits.train.scoring import Calibration, Measured


@dataclass(frozen=True)
class Facts:
    """What the card tells. ``labels``: of all pictures that were trained on; ``on``: what was measured on."""

    title: str
    classes: tuple[str, ...]
    labels: Sequence[str]
    on: str
    how: str
    weights: str
    measured: Measured
    calibration: Calibration


def save(facts: Facts, backbone: Backbone, architecture: Mapping[str, Any], network: nn.Module, owner: str) -> Card:
    """Save a network as the user model of ``owner``; its card. Raises what ``user_models.save`` raises."""
    view = {
        "resize": backbone.view.resize,
        "crop": backbone.view.crop,
        "interpolation": backbone.view.interpolation,
        "temperature": round(facts.calibration.temperature, 4),
        "unsure_below": round(facts.calibration.unsure_below, 3),
    }
    config = {
        "exhibit": "classify",
        "title": facts.title,
        "architecture": dict(architecture),
        "preprocessing": {
            "views": [view],
            "mean": list(backbone.preprocessing.mean),
            "std": list(backbone.preprocessing.std),
        },
        "classes": [{"id": "", "label": label} for label in facts.classes],
    }
    tensors: dict[str, Tensor] = {name: stored(tensor.cpu()) for name, tensor in network.state_dict().items()}
    return user_models.save(config, tensors, front_matter(facts, backbone.card), card_text(facts, backbone.card), owner)


def front_matter(facts: Facts, card: Card) -> dict[str, Any]:
    """Licence and restriction are passed on from the backbone; the figures as ``model-index``."""
    front = user_models.derived_front_matter(card, "pictures", "the training pictures belong to whoever took them")
    metrics = (
        ("accuracy", "accuracy", facts.measured.accuracy),
        ("ece", "expected calibration error", facts.measured.ece),
    )
    results = [
        EvalResult(
            task_type="image-classification",
            dataset_type=re.sub(r"\W+", "-", facts.on).strip("-").lower(),
            dataset_name=facts.on,
            metric_type=kind,
            metric_name=name,
            metric_value=round(value, 4),
        )
        for kind, name, value in metrics
    ]
    return {**front, "weights": facts.weights, "model_name": facts.title, "eval_results": results}


def card_text(facts: Facts, card: Card) -> str:
    """The text of the card. What a visitor wrote stands in it as code, so that it is no markup."""
    counts = Counter(facts.labels)
    rows = [f"| {_code(label)} | {counts[label]} |" for label in facts.classes]
    table = "\n".join(["| class | pictures trained on |", "|---|---|", *rows])
    measured = facts.measured
    return (
        f"# {_code(facts.title)}\n\nA classifier of {len(facts.classes)} classes. {facts.how} On {facts.on}, accuracy "
        f"is {measured.accuracy:.1%} and the expected calibration error {measured.ece:.1%}.\n\n{table}\n\n"
        f"Restriction, passed on from {card.name}: {card.restriction}."
    )


def _code(text: str) -> str:
    return "`" + text.replace("`", "'").replace("|", "/") + "`"
