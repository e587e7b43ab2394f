"""Mean and standard deviation of every layer's output, and dead units; before and after an attack or a training."""

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor

from zoo.core.cards import Card, bundled_cards, find_card
from zoo.core.errors import InputError
from zoo.core.inputs import AnyInput, as_image
from zoo.core.knobs import parse_knobs
from zoo.core.model_inputs import ModelInput
from zoo.exhibits.inside.examples import examples_of
from zoo.exhibits.inside.knobs import StatisticsKnobs
from zoo.exhibits.inside.networks import read, takes
from zoo.exhibits.inside.recording import RecordedPass, recorded
from zoo.exhibits.inside.results import LayerStatistics, Statistics

# Kinds of networks that Train makes of others, and those that they were made from.
MADE_FROM = {
    "two-branch-mobilenet-v2": "two-scale-mobilenet-v2",
    "tweet-classifier": "tweet-lstm",
    "gpt2-classifier": "gpt2",
}


def statistics(input: AnyInput, knobs: StatisticsKnobs | None = None) -> Statistics:
    """The statistics of every layer on an input, beside those of another pass where the knobs ask for it.

    Raises InputError for an attack on a model that is no classifier of pictures, for another model with no layer in
    common, and what ``networks.read`` raises.
    """
    knobs = knobs or StatisticsKnobs()
    card, prepared = read(knobs.model, input)
    compared, other = "", None
    if knobs.compare == "attack":
        prepared, attacked, compared = attacked_inputs(card, input, knobs.epsilon)
        other = recorded(card, attacked)
    elif knobs.compare == "other model":
        base = other_model(card, knobs.other)
        theirs = prepared if prepared.takes == "image" else read(base.name, input)[1]
        other, compared = recorded(base, theirs), base.title
    pass_ = recorded(card, prepared)
    dead, count = dead_units(card)
    rows = compare(pass_, other, dead)
    if other is not None and all(row.other_mean is None for row in rows):
        raise InputError(f"{card.name} has no layer in common with {compared}: choose one of the same architecture.")
    return Statistics(card.name, card.restriction, prepared.words, compared, count, rows)


def attacked_inputs(card: Card, picture: AnyInput, epsilon: float) -> tuple[ModelInput, ModelInput, str]:
    """A picture and the same after one step along the gradient's sign, both as the attacked model reads them.

    Raises InputError for a model that is no classifier of pictures.
    """
    from zoo.exhibits import adversarial, find_exhibit

    exhibit = find_exhibit("adversarial")
    if card.exhibit not in (exhibit.name, *exhibit.models_of):
        raise InputError(f"{card.name} is no classifier of pictures: only those can be attacked here.")
    knobs = parse_knobs(adversarial.AttackKnobs, model=card.name, epsilon=epsilon)
    attack = adversarial.attack(as_image(picture), knobs)  # type: ignore[arg-type]
    before, after = (adversarial.model_input(card, each) for each in (attack.original, attack.adversarial))
    return before, after, f"the picture after FGSM with epsilon {epsilon:g}/255. {attack.summary}"


def other_model(card: Card, name: str) -> Card:
    """The model of that name; without one the bundled model of the same architecture. Raises InputError."""
    if name:
        return find_card(name)
    if base := card.config.get("base"):
        return find_card(str(base))
    architecture = card.config.get("architecture") or {}
    kind = architecture.get("kind")
    if kind == "torchvision":
        return find_card(f"torchvision/{architecture['name']}")
    wanted = MADE_FROM.get(str(kind), kind)
    for each in bundled_cards():
        same = (each.config.get("architecture") or {}).get("kind") == wanted
        if same and each.name != card.name and takes(each) == takes(card):
            return each
    raise InputError(f"Nothing tells which model {card.name} was made from: name the other model.")


def dead_units(card: Card) -> tuple[dict[str, Tensor], int]:
    """By layer, whether each unit is above zero on none of the bundled examples, (U,); and how many there were."""
    examples = examples_of(card)
    peaks: defaultdict[str, list[Tensor]] = defaultdict(list)
    for _, prepared in examples:
        for name, record in recorded(card, prepared, keep=False).records.items():
            peaks[name].append(record.peaks)
    dead = {
        name: torch.stack(rows).amax(0) <= 0
        for name, rows in peaks.items()
        if all(len(row) == len(rows[0]) for row in rows)
    }
    return dead, len(examples)


def compare(pass_: RecordedPass, other: RecordedPass | None, dead: Mapping[str, Tensor]) -> tuple[LayerStatistics, ...]:
    """The layers that hold no other, in the order of their calls, with those of the other pass of the same name."""
    theirs = {} if other is None else {plain(name): name for name in other.records}
    rows = []
    for index, (name, record) in enumerate(each for each in pass_.records.items() if each[1].leaf):
        match = theirs.get(plain(name))
        reference = other.records[match] if other and match else None
        rows.append(
            LayerStatistics(
                index=index,
                layer=name,
                kind=record.kind,
                mean=record.mean,
                std=record.std,
                dead=float(dead[name].float().mean()) if name in dead else None,
                other_mean=None if reference is None else reference.mean,
                other_std=None if reference is None else reference.std,
                distance=None if other is None or match is None else distance(pass_, name, other, match),
            )
        )
    return tuple(rows)


def plain(name: str) -> str:
    """A layer's name without the parts that Train's copies of a network leave out."""
    return ".".join(part for part in name.split(".") if part not in ("features", "network"))


def distance(pass_: RecordedPass, name: str, other: RecordedPass, match: str) -> float | None:
    """The norm of the difference of two outputs over the norm of the first; None for other shapes or unkept ones."""
    first, second = pass_.outputs.get(name), other.outputs.get(match)
    if first is None or second is None or first.shape != second.shape:
        return None
    norm = float(first.float().norm())
    return float((first.float() - second.float()).norm()) / norm if norm else None
