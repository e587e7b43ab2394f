"""Defences by transforming the input: feature squeezing (Xu et al. 2017, arXiv:1704.01155), and JPEG compression.

A transformation may remove a perturbation, and a large change of the probabilities may reveal it. An attack that takes
the transformation into account passes it (Athalye et al. 2018, arXiv:1802.00420).
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from zoo.core.inputs import ImageLike
from zoo.exhibits.adversarial.context import Probabilities, classifier_card, model_view, predict, preprocess, to_pixels
from zoo.exhibits.adversarial.knobs import AttackKnobs, DefenceKnobs, SqueezingKnobs
from zoo.exhibits.adversarial.results import Attack, Defence, Defences
from zoo.exhibits.adversarial.single_attack import attack

Transformation = Callable[[Image.Image], Image.Image]


def reduce_bits(image: Image.Image, bits: int) -> Image.Image:
    """Each channel rounded to the nearest of ``2 ** bits`` levels from black to white."""
    levels = 2**bits - 1
    values = np.round(np.asarray(image, np.float32) / 255 * levels) * (255 / levels)
    return Image.fromarray(values.round().astype(np.uint8))


def median_filter(image: Image.Image, side: int) -> Image.Image:
    return image if side == 1 else image.filter(ImageFilter.MedianFilter(side))


def compress_jpeg(image: Image.Image, quality: int) -> Image.Image:
    """The picture after it was written to a JPEG file and read again."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    with Image.open(file) as loaded:
        return loaded.convert("RGB")


def transformations(knobs: SqueezingKnobs) -> dict[str, Transformation]:
    """By name; the first changes nothing."""
    return {
        "none": lambda image: image,
        f"{knobs.bits} bits": lambda image: reduce_bits(image, knobs.bits),
        f"median {knobs.median} × {knobs.median}": lambda image: median_filter(image, knobs.median),
        f"JPEG {knobs.quality}": lambda image: compress_jpeg(image, knobs.quality),
    }


def defences(image: ImageLike, knobs: DefenceKnobs | None = None) -> Defences:
    """Attack a model on a picture, and classify the original and the adversarial picture after each transformation.

    Raises what ``attack_context`` raises.
    """
    knobs = knobs or DefenceKnobs()
    attack_knobs = AttackKnobs(**knobs.model_dump(include=set(AttackKnobs.model_fields)))
    return squeeze(attack(image, attack_knobs), knobs)


def squeeze(result: Attack, knobs: SqueezingKnobs) -> Defences:
    """The same for an attack that was made before."""
    card = classifier_card(result.model)
    view = model_view(result.original, card)
    results: list[Defence] = []
    untransformed: tuple[Probabilities, Probabilities] | None = None  # the first transformation changes nothing
    for name, transform in transformations(knobs).items():
        original, adversarial = (
            predict(card, view, to_pixels(preprocess(transform(picture), card)))[0]
            for picture in (result.original, result.adversarial)
        )
        untransformed = untransformed or (original, adversarial)
        results.append(
            Defence(
                name=name,
                original=card.classes[int(original.argmax())].label,
                original_probability=float(original.max()),
                adversarial=card.classes[int(adversarial.argmax())].label,
                adversarial_probability=float(adversarial.max()),
                recovered=int(adversarial.argmax()) == int(untransformed[0].argmax()),
                l1_distance=float(np.abs(adversarial - untransformed[1]).sum()),
            )
        )
    return Defences(card.name, card.restriction, result.fooled, tuple(results))
