"""Checks of the input that may wash a perturbation away, and give it away (Xu et al. 2017, arXiv:1704.01155)."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from zoo.exhibits.adversarial.context import Odds, odds, seen, to_pixels, victim, view_of
from zoo.exhibits.adversarial.knobs import DefenceKnobs
from zoo.exhibits.adversarial.outcomes import Attack

Check = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Defence:
    """What the attacked model says of the clean and of the attacked picture after a check of the input.

    ``held``: the attacked picture is given the class that the clean one has without any check. ``shift``: the sum over
    classes of how far the check moves the attacked picture's probabilities, 0 to 2: much is a sign of an attack.
    """

    name: str
    clean: str
    clean_probability: float
    attacked: str
    attacked_probability: float
    held: bool
    shift: float


def reduce_bits(image: Image.Image, bits: int) -> Image.Image:
    """Each channel rounded to the nearest of ``2 ** bits`` levels from black to white."""
    levels = 2**bits - 1
    values = np.round(np.asarray(image, np.float32) / 255 * levels) * (255 / levels)
    return Image.fromarray(values.round().astype(np.uint8))


def median(image: Image.Image, side: int) -> Image.Image:
    return image if side == 1 else image.filter(ImageFilter.MedianFilter(side))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """The picture as it comes back from a JPEG file."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    with Image.open(file) as loaded:
        return loaded.convert("RGB")


def checks(knobs: DefenceKnobs) -> dict[str, Check]:
    """By name, first none at all."""
    return {
        "no check": lambda image: image,
        f"{knobs.bits} bits": lambda image: reduce_bits(image, knobs.bits),
        f"median {knobs.median} × {knobs.median}": lambda image: median(image, knobs.median),
        f"JPEG {knobs.quality}": lambda image: jpeg(image, knobs.quality),
    }


def defend(result: Attack, knobs: DefenceKnobs | None = None) -> tuple[Defence, ...]:
    """Show the model both of an attack's pictures again, through each check."""
    card = victim(result.outcome.model)
    view = view_of(result.original, card)
    found: list[Defence] = []
    unchecked: tuple[Odds, Odds] | None = None  # the first check is none
    for name, check in checks(knobs or DefenceKnobs()).items():
        clean, attacked = (
            odds(card, view, to_pixels(seen(check(image), card)))[0] for image in (result.original, result.adversarial)
        )
        unchecked = unchecked or (clean, attacked)
        said = [card.classes[int(row.argmax())].label for row in (clean, attacked)]
        found.append(
            Defence(
                name,
                said[0],
                float(clean.max()),
                said[1],
                float(attacked.max()),
                int(attacked.argmax()) == int(unchecked[0].argmax()),
                float(np.abs(attacked - unchecked[1]).sum()),
            )
        )
    return tuple(found)
