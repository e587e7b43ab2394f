"""What a layer computes on an input: maps of a picture, or a heat map of units over time or tokens."""

import numpy as np
from torch import Tensor

from zoo.core.cards import Card
from zoo.core.inputs import AnyInput
from zoo.core.model_inputs import ModelInput
from zoo.exhibits.inside.drawing import grid, heat_map
from zoo.exhibits.inside.knobs import ActivationsKnobs
from zoo.exhibits.inside.networks import read
from zoo.exhibits.inside.recording import layer_of, output_of, recorded
from zoo.exhibits.inside.results import Activations, UnitStatistics


def activations(input: AnyInput, knobs: ActivationsKnobs | None = None) -> Activations:
    """The output of a layer on an input, the strongest units first.

    Raises InputError, which lists near names, for a layer that there is not, and what ``networks.read`` raises.
    """
    knobs = knobs or ActivationsKnobs()
    card, prepared = read(knobs.model, input)
    return activations_of(card, prepared, knobs.layer, knobs.maps)


def activations_of(card: Card, prepared: ModelInput, layer: str, maps: int) -> Activations:
    """The same for an input that is prepared already."""
    pass_ = recorded(card, prepared)
    name = layer_of(card, pass_, layer)
    record = pass_.records[name]
    values = output_of(card, prepared, pass_, name)
    flat = values.reshape(len(values), -1)
    strengths = flat.abs().mean(1)
    order = strengths.argsort(descending=True, stable=True)[:maps]
    chosen = values[order].numpy()
    return Activations(
        model=card.name,
        restriction=card.restriction,
        layer=name,
        kind=record.kind,
        takes=prepared.takes,
        shape=record.shape,
        total=len(values),
        units=tuple(statistics_of(int(unit), flat[unit], float(strengths[unit]), record.size) for unit in order),
        tokens=tokens_of(prepared, name, record.size),
        values=chosen,
        picture=grid(chosen) if chosen.ndim == 3 else heat_map(chosen),
    )


def statistics_of(unit: int, values: Tensor, strength: float, size: tuple[int, ...]) -> UnitStatistics:
    """Of one unit's activations, (positions,) flat."""
    peak = np.unravel_index(int(values.argmax()), size)
    return UnitStatistics(
        unit=unit,
        strength=strength,
        mean=float(values.mean()),
        minimum=float(values.min()),
        maximum=float(values.max()),
        zeros=float((values == 0).float().mean()),
        peak=tuple(int(each) for each in peak),
    )


def tokens_of(prepared: ModelInput, layer: str, size: tuple[int, ...]) -> tuple[str, ...]:
    """The tokens that a layer's positions stand for; () where they are no tokens."""
    decoded = prepared.output_tokens if "decoder" in layer else ()
    for tokens in (decoded, prepared.tokens, prepared.output_tokens):
        if len(size) == 1 and len(tokens) == size[0] and size[0] > 1:
            return tokens
    return ()
