"""What the chosen transforms make of one picture, before anything is trained."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw
from pydantic import Field

from zoo.core.errors import InputError
from zoo.core.inputs import ImageLike, as_image
from zoo.core.results import Hidden, Picture
from zoo.exhibits.train.transforms import AugmentationKnobs, build, build_mixing, named_steps

COLUMNS, GAP, CAPTION = 4, 8, 16  # of the grid; pixels

OFF = AugmentationKnobs(**dict.fromkeys(AugmentationKnobs.model_fields, 0.0) | {"flip": "none"})


class PreviewKnobs(AugmentationKnobs):
    """The transforms that are drawn, and the labels that mixup and CutMix mix."""

    label: str = Field(default="first", max_length=60, title="Label", description="The class of the picture.")
    other_label: str = Field(
        default="second", max_length=60, title="Second label", description="The class of the second picture."
    )
    size: int = Field(
        default=160,
        ge=32,
        le=512,
        title="Size",
        description="The side of each picture.",
        json_schema_extra={"unit": "pixels"},
    )
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="Selects the random changes.")


@dataclass(frozen=True)
class LabelWeight:
    """``weight``: in [0, 1], of ``label`` in a mixture."""

    label: str
    weight: float


@dataclass(frozen=True)
class Tile:
    """A picture of ``size`` pixels a side under the transform ``name``, and what its label is then: one, or a mixture.

    ``picture``: a PIL image.
    """

    name: str
    labels: tuple[LabelWeight, ...]
    picture: Hidden


@dataclass(frozen=True)
class AugmentationPreview:
    """``tiles``: the picture itself, then under each transform that is on, then under all of them together.

    ``picture``: the tiles as a grid with their names. ``notes``: what was left out, and why.
    """

    tiles: tuple[Tile, ...]
    picture: Picture
    notes: tuple[str, ...] = ()


def preview_transforms(pictures: "list[ImageLike]", knobs: PreviewKnobs | None = None) -> AugmentationPreview:
    """One picture under each transform that is on; mixup and CutMix mix it with a second one.

    The transforms are those of ``build`` and ``build_mixing``: training changes pictures just so. What has a
    probability is drawn as it is when it happens. Raises InputError, TooLargeError.
    """
    from zoo.core.runtime import get_runtime

    knobs = knobs or PreviewKnobs()
    if not pictures:
        raise InputError("There is no picture: give one, or two for mixup and CutMix.")
    first, *others = (as_image(picture) for picture in pictures[:2])
    second = others[0] if others else None
    # On the worker: torchvision draws from torch's global random state, which a job may be drawing from.
    tiles = get_runtime().run(lambda: tuple(_tiles(first, second, knobs)), seed=knobs.seed)
    missing = second is None and (knobs.mixup or knobs.cutmix)
    notes = ("Mixup and CutMix need a second picture to be drawn.",) if missing else ()
    return AugmentationPreview(tiles, grid(tiles), notes)


def _tiles(first: Image.Image, second: Image.Image | None, knobs: PreviewKnobs) -> Iterator[Tile]:
    label = (LabelWeight(knobs.label, 1.0),)
    resize = build(OFF, knobs.size)
    yield Tile("As it is", label, _picture(resize(first)))
    certain = knobs.model_copy(update={"grey": float(knobs.grey > 0), "erasing": float(knobs.erasing > 0)})
    for name, step in named_steps(certain, knobs.size):
        if name == AugmentationKnobs.model_fields["crop"].title:
            if knobs.crop:
                yield Tile(name, label, _picture(step(first)))
        else:
            yield Tile(name, label, _picture(_different(step, resize(first))))
    yield Tile("All together", label, _picture(build(knobs, knobs.size)(first)))
    if second is not None:
        yield from _mixtures(first, second, knobs)


def _different(step: Any, tensor: Any, tries: int = 20) -> Any:
    """What a step makes of a picture when it changes it, which some do half of the time only."""
    for _ in range(tries):
        changed = step(tensor)
        if not (changed == tensor).all():
            break
    return changed


def _mixtures(first: Image.Image, second: Image.Image, knobs: PreviewKnobs) -> Iterator[Tile]:
    import torch

    resize = build(OFF, knobs.size)
    batch = torch.stack([resize(first), resize(second)]).float() / 255
    for name in ("mixup", "cutmix"):
        only = knobs.model_copy(update={"mixup": 0.0, "cutmix": 0.0} | {name: getattr(knobs, name)})
        if (mixing := build_mixing(only, 2)) is None:
            continue
        mixed, labels = mixing(batch, torch.arange(2))
        weights = (LabelWeight(knobs.label, float(labels[0, 0])), LabelWeight(knobs.other_label, float(labels[0, 1])))
        title = str(AugmentationKnobs.model_fields[name].title)
        yield Tile(title, weights, _picture((mixed[0] * 255).round().to(torch.uint8)))


def _picture(result: Any) -> Image.Image:
    from torchvision.transforms.v2 import functional as F

    picture: Image.Image = result if isinstance(result, Image.Image) else F.to_pil_image(result)
    return picture


def caption(tile: Tile) -> str:
    """The name of a tile, with its labels where they are a mixture.

    >>> caption(Tile("Mixup", (LabelWeight("cat", 0.7), LabelWeight("dog", 0.3)), None))
    'Mixup: 70% cat, 30% dog'
    """
    if len(tile.labels) < 2:
        return tile.name
    return f"{tile.name}: {', '.join(f'{each.weight:.0%} {each.label}' for each in tile.labels)}"


def grid(tiles: tuple[Tile, ...]) -> Image.Image:
    """The tiles in rows of four, each with its caption below."""
    side = tiles[0].picture.width
    columns = min(COLUMNS, len(tiles))
    cell = side + GAP, side + CAPTION + GAP
    sheet = Image.new("RGB", (columns * cell[0] + GAP, -(-len(tiles) // columns) * cell[1] + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for number, tile in enumerate(tiles):
        left, top = GAP + number % columns * cell[0], GAP + number // columns * cell[1]
        sheet.paste(tile.picture, (left, top))
        text = caption(tile)
        while draw.textlength(text) > side and len(text) > 1:
            text = f"{text[:-2]}…"
        draw.text((left, top + side + 2), text, fill="black")
    return sheet
