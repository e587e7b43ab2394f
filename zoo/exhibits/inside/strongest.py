"""The strongest patches of a unit: where it is largest in each example, and what it depends on there."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.inputs import AnyInput
from zoo.core.model_inputs import ModelInput
from zoo.exhibits.inside.drawing import BACKGROUND, TILE, side_by_side, spectrogram_part, waveform_part
from zoo.exhibits.inside.examples import examples_of
from zoo.exhibits.inside.fields import Field, Fields, receptive_fields
from zoo.exhibits.inside.knobs import PatchesKnobs
from zoo.exhibits.inside.maps import tokens_of
from zoo.exhibits.inside.networks import RATE, read
from zoo.exhibits.inside.recording import RecordedPass, layer_of, recorded
from zoo.exhibits.inside.results import Patch, Patches

NEIGHBOURS = 6  # tokens on either side of the strongest one
INPUT = "your input"
NO_TEXT = ("", "", "")


def patches(input: AnyInput, knobs: PatchesKnobs | None = None, more: Sequence[AnyInput] = ()) -> Patches:
    """Where a unit is strongest in an input and in the bundled examples of its kind.

    ``more``: other inputs of one's own to search. Raises InputError for a layer or a unit that there is not, and what
    ``networks.read`` raises.
    """
    knobs = knobs or PatchesKnobs()
    card, prepared = read(knobs.model, input)
    others = [(f"{INPUT} {number}", read(knobs.model, each)[1]) for number, each in enumerate(more, 2)]
    return patches_of(card, [(INPUT, prepared), *others], knobs.layer, knobs.unit, knobs.count)


def patches_of(card: Card, own: Sequence[tuple[str, ModelInput]], layer: str, unit: int, count: int) -> Patches:
    """The same for prepared inputs, the first of which names layers."""
    prepared = own[0][1]
    layer = layer_of(card, recorded(card, prepared), layer)
    check_unit(unit, recorded(card, prepared), layer)
    searched = {each.digest: (name, each) for name, each in (*examples_of(card), *own)}  # an example once
    strongest = sorted(
        (
            (float(pass_.records[layer].peaks[unit]), name, each, pass_)
            for name, each in searched.values()
            if layer in (pass_ := recorded(card, each, keep=each is prepared)).records
            and unit < len(pass_.records[layer].peaks)
        ),
        key=lambda entry: -entry[0],
    )
    made = tuple(_patch(card, layer, unit, *entry) for entry in strongest[:count])
    field = _field(card, prepared, layer)
    pictures = [fitted(patch.picture) for patch in made if patch.picture is not None]
    return Patches(
        model=card.name,
        restriction=card.restriction,
        layer=layer,
        unit=unit,
        searched=len(searched),
        field_size=tuple(int((span.ends - span.starts).max()) for span in field or ()),
        whole=field is None or all(not span.dim for span in field),
        patches=made,
        picture=side_by_side(pictures, max(1, len(pictures)), (TILE, TILE)),
    )


def check_unit(unit: int, pass_: RecordedPass, layer: str) -> None:
    """Raises InputError for a unit that a layer does not have."""
    count = len(pass_.records[layer].peaks)
    if unit >= count:
        raise InputError(f"{layer} has {count} units, numbered from 0: unit {unit} is none of them.")


def _field(card: Card, prepared: ModelInput, layer: str) -> Field | None:
    return None if prepared.takes == "text" else receptive_fields(card, prepared).layers.get(layer)


def _patch(
    card: Card, layer: str, unit: int, activation: float, source: str, prepared: ModelInput, pass_: RecordedPass
) -> Patch:
    record = pass_.records[layer]
    position = tuple(int(each) for each in np.unravel_index(int(record.places[unit]), record.size))
    if prepared.takes == "text":
        first, last, text = _token(prepared, layer, record.size, position)
        return Patch(source, activation, position, (first, last), text, None, None)
    fields = receptive_fields(card, prepared)
    spans = _intervals(fields, layer, position)
    picture, sound = _crop(prepared, pass_, spans)
    if prepared.takes == "image":
        picture = _in_place(picture, spans, fields.layers.get(layer), fields.size)
    flat = tuple(each for edge in zip(*spans, strict=True) for each in edge)  # starts, then ends
    return Patch(source, activation, position, flat, NO_TEXT, picture, sound)


def _intervals(fields: Fields, layer: str, position: tuple[int, ...]) -> list[tuple[int, int]]:
    """By axis of the input, the interval that a position depends on."""
    field = fields.layers.get(layer)
    if field is None:
        return [(0, size) for size in fields.size]
    places = position[-len(field) :] if len(position) >= len(field) else (0,) * len(field)
    return [span.at(place) for span, place in zip(field, places, strict=True)]


def _crop(prepared: ModelInput, pass_: RecordedPass, spans: list[tuple[int, int]]) -> tuple[Image.Image, Any]:
    """The part of a picture, or of a sound as a picture and as samples."""
    root = prepared.tensors[0] if pass_.root is None else pass_.root
    part: Tensor = root[0]
    for axis, (start, end) in enumerate(spans):
        part = part.narrow(axis - len(spans), start, max(1, end - start))
    if prepared.takes == "image":
        pixels = (part.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
        return Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels), None
    samples = prepared.tensors[0][0].numpy()
    hop = len(samples) / max(1, root.shape[-1] - 1) if len(spans) == 2 else 1.0
    start, end = (round(each * hop) for each in spans[-1])
    sound = (samples[start : max(end, start + 1)], RATE)
    if len(spans) == 2:
        return spectrogram_part(part[0].numpy(), float(root.min()), float(root.max())), sound
    return waveform_part(part[0].numpy()), sound


def _in_place(
    picture: Image.Image, spans: list[tuple[int, int]], field: Field | None, size: tuple[int, ...]
) -> Image.Image:
    """A part at the edge of a picture on grey, where the field reaches beyond the edge: all patches have one shape."""
    if field is None:
        return picture
    (top, bottom), (left, right) = spans
    height, width = (int((span.ends - span.starts).max()) for span in field)
    corner = (
        width - (right - left) if left == 0 and right < size[1] else 0,
        height - (bottom - top) if top == 0 and bottom < size[0] else 0,
    )
    whole = Image.new(picture.mode, (width, height), BACKGROUND if picture.mode == "RGB" else BACKGROUND[0])
    whole.paste(picture, corner)
    return whole


def _token(
    prepared: ModelInput, layer: str, size: tuple[int, ...], position: tuple[int, ...]
) -> tuple[int, int, tuple[str, str, str]]:
    """The token of a position with its neighbours; the whole text where positions are no tokens."""
    tokens = tokens_of(prepared, layer, size)
    if not tokens:
        return 0, len(prepared.tokens), (readable(prepared.tokens), "", "")
    place = position[-1]
    before, after = tokens[max(0, place - NEIGHBOURS) : place], tokens[place + 1 : place + 1 + NEIGHBOURS]
    return place, place + 1, (readable(before), readable(tokens[place : place + 1]), readable(after))


def readable(tokens: Sequence[str]) -> str:
    """Tokens as text. Vocabularies mark the beginning of a word, or its continuation, in ways of their own."""
    marked = any(each.startswith((" ", "▁", "Ġ")) for each in tokens)
    text = "".join(tokens) if marked else " ".join(tokens).replace(" ##", "")
    return " ".join(text.replace("▁", " ").replace("Ġ", " ").split())


def fitted(picture: Image.Image) -> Image.Image:
    """Enlarged or reduced to a tile, on grey; single pixels stay squares."""
    scale = TILE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BILINEAR)
