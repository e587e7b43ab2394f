"""Five explanations of a model's prediction before an attack, and of the one after it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from PIL import Image

from zoo.core.explanations import STEPS_PER_PICTURE, explain, overlay_importance
from zoo.core.inputs import ImageLike
from zoo.core.steps import Progress, Steps
from zoo.exhibits.adversarial.attacks import quantize
from zoo.exhibits.adversarial.context import attack_context, to_picture
from zoo.exhibits.adversarial.knobs import PerturbationKnobs
from zoo.exhibits.adversarial.results import AttackExplanations
from zoo.exhibits.adversarial.single_attack import perturb
from zoo.exhibits.classify import Explanation, Explanations

R = TypeVar("R")


def explanations(image: ImageLike, knobs: PerturbationKnobs | None = None) -> Steps[AttackExplanations]:
    """Saliency, SmoothGrad, integrated gradients, occlusion and Grad-CAM of both predicted classes; a job.

    Raises what ``attack_context`` raises.
    """
    knobs = knobs or PerturbationKnobs()
    context = attack_context(image, knobs)
    n_steps = 1 if knobs.method == "fgsm" else knobs.steps
    total = n_steps + 2 * STEPS_PER_PICTURE
    adversarial = context.pixels
    for step, pixels in enumerate(perturb(context, knobs), 1):
        adversarial = pixels
        yield Progress(step, total, f"Attacking {context.card.name}")
    adversarial = quantize(adversarial, context.pixels, knobs.epsilon)
    before, after = int(context.probabilities.argmax()), int(context.predict(adversarial)[0].argmax())
    card = context.card
    maps = yield from _continued(explain(card.name, [(context.pixels, before), (adversarial, after)]), n_steps)
    results, rows = [], []
    pictures = (context.original, to_picture(adversarial[0]))
    for index, (class_index, picture) in enumerate(zip((before, after), pictures, strict=True)):
        name = card.classes[class_index]
        class_maps = tuple(Explanation(each.method, each.maps[index]) for each in maps)
        rows.append([picture, *(overlay_importance(picture, each.importance) for each in class_maps)])
        results.append(
            Explanations(card.name, card.restriction, name.id, name.label, class_maps, picture_grid(rows[-1:]))
        )
    return AttackExplanations(card.name, card.restriction, results[0], results[1], picture_grid(rows))


def picture_grid(rows: Sequence[Sequence[Image.Image]], gap: int = 4) -> Image.Image:
    """Pictures of one size in rows and columns, ``gap`` pixels apart."""
    width, height = (length + gap for length in rows[0][0].size)
    grid = Image.new("RGB", (width * len(rows[0]) - gap, height * len(rows) - gap), "white")
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            grid.paste(picture, (x * width, y * height))
    return grid


def _continued(steps: Steps[R], offset: int) -> Steps[R]:
    """The same steps, counted from ``offset`` on."""
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop:
            result: R = stop.value
            return result
        yield replace(progress, step=progress.step + offset, total=(progress.total or 0) + offset)
