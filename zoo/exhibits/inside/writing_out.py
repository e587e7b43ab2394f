"""One number of a layer's output, computed again by hand: inputs times weights, added up, beside the real output."""

from functools import partial

import numpy as np

from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.inputs import AnyInput
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.exhibits.inside.fields import taps
from zoo.exhibits.inside.knobs import ArithmeticKnobs
from zoo.exhibits.inside.maps import tokens_of
from zoo.exhibits.inside.networks import read
from zoo.exhibits.inside.recording import LayerCall, input_and_output, layer_of, recorded
from zoo.exhibits.inside.results import Arithmetic, Part
from zoo.exhibits.inside.strongest import check_unit
from zoo.exhibits.inside.weights import Array, Geometry, UnitWeights, array, unit_weights

MAX_PARTS = 32
FORMULAS = {
    "convolution": "output = bias + the sum over input channels of (input patch × kernel)",
    "linear": "output = bias + the sum of (input × weight): the dot product of the inputs and the unit's weights",
    "normalization": "output = (input − mean) / standard deviation × weight + bias, written as input × scale + shift",
    "layer normalization": "output = (input − mean) / standard deviation × weight + bias, over a position's units",
    "embedding": "output = the entry of the table in the row of the token",
    "maximum": "output = the largest input under the window",
    "mean": "output = the sum of the inputs under the window, each divided by their number",
    "activation": "output = the activation function of one input",
}


def arithmetic(input: AnyInput, knobs: ArithmeticKnobs | None = None) -> Arithmetic:
    """How one number of a layer's output is computed.

    Raises InputError for a layer, a unit or a position that there is not, for a layer that combines several, and what
    ``networks.read`` raises.
    """
    knobs = knobs or ArithmeticKnobs()
    card, prepared = read(knobs.model, input)
    return arithmetic_of(card, prepared, knobs.layer, knobs.unit, knobs.row, knobs.column)


def arithmetic_of(card: Card, prepared: ModelInput, layer: str, unit: int, row: int, column: int) -> Arithmetic:
    """The same for an input that is prepared already."""
    pass_ = recorded(card, prepared)
    layer = layer_of(card, pass_, layer)
    check_unit(unit, pass_, layer)
    record = pass_.records[layer]
    weights = get_runtime().run(partial(unit_weights, layer, unit), card.name)
    call = input_and_output(card, prepared, layer)
    position = _position(record.size, row, column, layer)
    output = float(call.units[(unit, *position)])
    x, window = met_inputs(call, weights, position, prepared)
    parts, computed = parts_of(x, weights)
    strongest = parts[0][0] if parts else 0
    return Arithmetic(
        model=card.name,
        restriction=card.restriction,
        layer=layer,
        kind=record.kind,
        unit=unit,
        position=position,
        formula=FORMULAS[weights.kind],
        output=output,
        computed=computed,
        bias=weights.bias,
        parts=tuple(part for _, part in parts[:MAX_PARTS]),
        part_count=len(parts),
        rest=sum(part.total for _, part in parts[MAX_PARTS:]),
        window=window,
        settings={**(weights.geometry.settings if weights.geometry else {}), **weights.settings},
        input_map=_input_map(call, strongest, prepared, weights),
        output_map=call.units[unit].numpy(),
    )


def _position(size: tuple[int, ...], row: int, column: int, layer: str) -> tuple[int, ...]:
    """The position in a map of that size. Raises InputError for one outside of it."""
    given = (row, column) if len(size) == 2 else (row,)
    if any(place >= length for place, length in zip(given, size, strict=True)):
        extent = " × ".join(map(str, size))
        raise InputError(f"The output of {layer} has {extent} positions, counted from 0: {given} is outside of it.")
    return given


def met_inputs(
    call: LayerCall, weights: UnitWeights, position: tuple[int, ...], prepared: ModelInput
) -> tuple[Array, tuple[tuple[int, int], ...]]:
    """The inputs that the weights meet, in their shape, and by axis the first and last input index of the window."""
    given = call.inputs[0]
    if weights.geometry is not None:
        return _patch(array(given)[0], weights, position)
    place = int(np.ravel_multi_index(position, call.units.shape[1:]))
    if weights.kind in ("linear", "layer normalization"):
        return array(given).reshape(-1, given.shape[-1])[place], ()
    if weights.kind == "embedding":
        return array(given).reshape(-1)[place], ()
    units = given[0] if given.ndim > 1 else given
    if given.ndim == 3 and prepared.positions == 1:  # (1, T, D)
        units = units.T
    one = array(units.reshape(len(units), -1))[weights.channels.start]
    return one[place], ()


def _patch(x: Array, weights: UnitWeights, position: tuple[int, ...]) -> tuple[Array, tuple[tuple[int, int], ...]]:
    """(channels, kernel...) of (C, positions...): zeros, or for a maximum minus infinity, where the padding is."""
    geometry, sizes = weights.geometry, x.shape[1:]
    assert geometry is not None
    indices = [_taps(geometry, axis, place) for axis, place in enumerate(position)]
    outside = -np.inf if weights.kind == "maximum" else 0.0
    patch = x[weights.channels.start : weights.channels.stop]
    for axis, (index, size) in enumerate(zip(indices, sizes, strict=True), 1):
        missing = np.array([not 0 <= each < size for each in index])
        patch = patch.take(np.clip(index, 0, size - 1), axis)
        shape = [1] * patch.ndim
        shape[axis] = len(index)
        patch = np.where(missing.reshape(shape), outside, patch)
    meeting = [[each for each in index if each != -1] or index for index in indices] if geometry.transposed else indices
    return patch, tuple((min(index), max(index)) for index in meeting)


def _taps(geometry: Geometry, axis: int, place: int) -> list[int]:
    settings = (each[axis] for each in (geometry.kernel, geometry.stride, geometry.before, geometry.dilation))
    return taps(place, *settings, transposed=geometry.transposed)


def parts_of(x: Array, weights: UnitWeights) -> tuple[list[tuple[int, Part]], float]:
    """What each input channel adds, with its number, the largest first; and all of it."""
    if weights.activation is not None:
        value = weights.activation(float(x))
        return [_part(weights.channels.start, "input", x, np.ones(()), value)], value
    start = weights.channels.start
    if weights.kind == "embedding":
        entry = float(weights.weights[int(x)])
        return [_part(0, f"token {int(x)}", np.ones(()), np.array(entry), entry)], entry
    if weights.kind == "layer normalization":
        std = float(np.sqrt(x.var() + float(weights.settings["epsilon"])))
        normalized = (x[start] - x.mean()) / std
        total = float(normalized * weights.weights)
        return [_part(start, f"normalized unit {start}", normalized, weights.weights, total)], total + weights.bias
    if weights.kind == "maximum":
        largest = float(x.max())
        return [_part(start, f"channel {start}", x[0], np.ones(()), largest)], largest
    if weights.kind in ("mean", "normalization"):
        flat = x[0] if weights.kind == "mean" else x
        total = float((flat * weights.weights).sum())
        return [_part(start, f"channel {start}", flat, weights.weights, total)], total + weights.bias
    products = x * weights.weights
    totals = products.reshape(len(products), -1).sum(1)
    label = "input" if weights.kind == "linear" else "channel"
    parts = [
        _part(channel, f"{label} {channel}", x[index], weights.weights[index], float(totals[index]))
        for index, channel in enumerate(weights.channels)
    ]
    parts.sort(key=lambda each: -abs(each[1].total))
    return parts, float(totals.sum()) + weights.bias


def _part(channel: int, label: str, inputs: Array, weights: Array, total: float) -> tuple[int, Part]:
    return channel, Part(label, np.asarray(inputs, np.float32), np.asarray(weights, np.float32), total)


def _input_map(call: LayerCall, channel: int, prepared: ModelInput, weights: UnitWeights) -> np.ndarray | None:
    """(H, W) or (T,): the input channel with the largest part, where the layer reads maps."""
    given = call.inputs[0]
    if weights.kind == "linear" or given.ndim < 3 or (given.ndim == 3 and prepared.positions == 1):
        return None
    return given[0, channel].numpy()


def position_names(prepared: ModelInput, layer: str, size: tuple[int, ...]) -> tuple[str, ...]:
    """What stands at each position of a layer's output along time: its tokens, or numbers."""
    return tokens_of(prepared, layer, size) or tuple(map(str, range(size[0])))
