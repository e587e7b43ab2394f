"""The facts of every model: from cards, from files of weights, and from what was measured here.

Facts of bundled and user models import no torch; those of fetched and official ones import their sources.
"""

import functools
import json
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import ModelCard

from zoo.core import sources, user_models
from zoo.core.cards import WEIGHTS_FILE, Card, Metric, bundled_cards, find_card, tensor_header
from zoo.core.settings import Settings
from zoo.exhibits.models import measurements
from zoo.exhibits.models.knobs import FactsKnobs, ModelKnobs
from zoo.exhibits.models.results import Facts, MetricFact, ModelList, Provenance

DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I8": "int8",
    "U8": "uint8",
    "I64": "int64",
}
PUBLISHED = "as published"


def facts(*, knobs: FactsKnobs, owner: str) -> ModelList:
    """The facts of all models that an owner may know of: bundled, fetched, official and their own."""
    stored = measurements.read()
    cards = [card for card in list_cards(knobs.source, owner) if knobs.task in ("any", *users_of(card))]
    return ModelList(tuple(describe(card, stored) for card in cards), stored.machine)


def card_facts(*, knobs: ModelKnobs) -> Facts:
    """The facts of one model. Raises NotFoundError."""
    return facts_of(find_card(knobs.model))


def facts_of(card: Card) -> Facts:
    return describe(card, measurements.read())


def card_text(name: str) -> str:
    """The card of a model in Markdown, without front matter; empty where it has no folder of our shape."""
    folder = find_card(name).folder
    return ModelCard.load(folder / "README.md", ignore_metadata_errors=False).text.strip() if folder else ""


def list_cards(source: str, owner: str) -> Iterator[Card]:
    """Cards of bundled models, then of the owner's, then of fetched ones, then of those that can be fetched."""
    if source != "own":
        yield from bundled_cards()
    if source != "bundled":
        yield from user_models.owned(owner)
    if source == "all" or (source == "here" and anything_fetched()):
        from zoo.core.loading import is_cached

        for card in official_cards():
            if source == "all" or is_cached(card):
                yield card


def anything_fetched() -> bool:
    """Whether there may be fetched models: looking into folders takes no torch, the lists of their models do."""
    settings = Settings()
    torch_home = settings.torch_home or Path.home() / ".cache" / "torch"
    hf_home = settings.hf_home or Path.home() / ".cache" / "huggingface"
    patterns = ((torch_home, "hub/checkpoints/*.pth"), (hf_home, "hub/models--*/snapshots/*/*"))
    return any(next(folder.glob(pattern), None) is not None for folder, pattern in patterns)


def official_cards() -> Iterator[Card]:
    """Cards of the models that sources list, then of those of the hub whose facts were asked before."""
    from zoo.core.loading import downloadable
    from zoo.exhibits import EXHIBITS

    for exhibit in EXHIBITS:
        yield from map(find_card, downloadable(exhibit.name))
    for file in sorted((Settings().data / "hub").glob("*@*.json")):
        stored = json.loads(file.read_text())
        yield find_card(f"hub/{stored['repository']}@{stored['revision']}")


def describe(card: Card, stored: measurements.Stored) -> Facts:
    """The facts of a card, with what was measured."""
    costs = stored.costs.get(card.name) or bundled_costs().get(card.name)
    return Facts(
        name=card.name,
        title=card.title,
        task=card.exhibit,
        architecture=architecture_of(card),
        source=card.source,
        on_this_machine=card.folder is not None or sources.load(card.source).is_cached(card),
        parameters=costs.parameters if costs else card.parameters,
        size_bytes=card.size_bytes + base_bytes(card),
        dtype=stored_dtype(card),
        weights=card.weights,
        licence=card.licence,
        restriction=card.restriction,
        training_data=card.training_data,
        citation=card.citation,
        metrics=tuple(metric_fact(card, metric) for metric in card.metrics),
        used_by=users_of(card),
        costs=costs,
        measured=tuple(stored.measured.get(card.name, {}).values()),
    )


bundled_costs = functools.cache(measurements.bundled_costs)


def base_bytes(card: Card) -> int:
    """Of the file of the model that this one was derived from, and cannot be loaded without."""
    base = card.config.get("base")
    return find_card(base).size_bytes if base else 0


def architecture_of(card: Card) -> str:
    """The kind of network, as its configuration or its publisher calls it."""
    ours = card.config.get("architecture", {}).get("kind")
    return str(ours) if ours else card.name.split("@")[0].rpartition("/")[2]


def metric_fact(card: Card, metric: Metric) -> MetricFact:
    provenance: Provenance = "here"
    if card.source == "hub" and "/" in card.name.removeprefix("hub/"):
        provenance = "given"
    elif card.folder is None or PUBLISHED in metric.dataset:
        provenance = "published"
    return MetricFact(metric.name, metric.value, metric.formatted, metric.dataset, provenance)


def stored_dtype(card: Card) -> str:
    """The types of the stored tensors, the one of most bytes first; empty where no file is here to be read."""
    if card.folder is None:
        return ""
    sizes: dict[str, int] = {}
    for name, tensor in tensor_header(card.folder / WEIGHTS_FILE).items():
        start, end = tensor["data_offsets"]
        kind = "int4" if name.endswith(".int4") else DTYPES.get(tensor["dtype"], tensor["dtype"].lower())
        sizes[kind] = sizes.get(kind, 0) + end - start
    return ", ".join(sorted(sizes, key=lambda kind: -sizes[kind]))


def users_of(card: Card) -> tuple[str, ...]:
    """The exhibits that accept a model: its own, those that name it among the models they use, and loss networks'."""
    from zoo.exhibits import EXHIBITS

    by_loss = {other.exhibit for other in bundled_cards() if other.config.get("loss", {}).get("network") == card.name}
    accepting = (each.name for each in EXHIBITS if card.exhibit in (each.name, *each.models_of) or each.name in by_loss)
    return tuple(accepting)
