"""One attack on one model: the adversarial picture, and the predictions before and after."""

import time
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from zoo.core.answers import ClassProbabilities
from zoo.core.blank_pictures import picture_notes
from zoo.core.inputs import ImageLike
from zoo.core.preprocessing import Preprocessing
from zoo.exhibits.adversarial.attacks import LEVELS, fgsm, pgd, quantize, random_start
from zoo.exhibits.adversarial.context import AttackContext, attack_context, to_picture
from zoo.exhibits.adversarial.knobs import AttackKnobs, MethodKnobs
from zoo.exhibits.adversarial.results import Attack


def attack(image: ImageLike, knobs: AttackKnobs | None = None, context: AttackContext | None = None) -> Attack:
    """Attack a model on a picture, at the size that the model takes.

    ``context``: of the same picture, model and target, where it was computed before. Raises what ``attack_context``
    raises.
    """
    knobs = knobs or AttackKnobs()
    context = context or attack_context(image, knobs)
    *_, adversarial = perturb(context, knobs)
    return evaluate_attack(context, adversarial, knobs.epsilon, knobs.top_k)


def perturb(context: AttackContext, knobs: MethodKnobs) -> Iterator[Tensor]:
    """(1, 3, H, W) in [0, 1] after each step of the attack; FGSM has one."""
    epsilon = knobs.epsilon / LEVELS
    if knobs.method == "fgsm":
        yield fgsm(context.pixels, context.gradient_sign, epsilon)
        return
    generator = torch.Generator().manual_seed(knobs.seed)
    start = random_start(context.pixels, epsilon, generator) if knobs.method == "pgd" else None
    step_size = knobs.step_size / LEVELS
    yield from pgd(context.gradient_sign_at, context.pixels, epsilon, step_size, knobs.steps, start)


def evaluate_attack(context: AttackContext, adversarial: Tensor, epsilon: float, top_k: int) -> Attack:
    """The result of an attack that ended at ``adversarial``, (1, 3, H, W), within ``epsilon`` (in 1/255)."""
    quantized = quantize(adversarial, context.pixels, epsilon)
    start = time.perf_counter()
    (probabilities,) = context.predict(quantized)
    elapsed = 1000 * (time.perf_counter() - start)
    same = torch.allclose(adversarial, quantized, atol=1e-6)
    unrounded = probabilities if same else context.predict(adversarial)[0]
    before, after = (
        ClassProbabilities(context.card, row, context.view.unsure_below, milliseconds).answer(top_k)
        for row, milliseconds in ((context.probabilities, context.milliseconds), (probabilities, elapsed))
    )
    picture = to_picture(quantized[0])
    fooled = context.fooled(probabilities)
    return Attack(
        model=context.card.name,
        restriction=context.card.restriction,
        target=context.label(context.class_index) if context.targeted else "",
        before=before,
        after=after,
        fooled=fooled,
        lost_to_rounding=context.fooled(unrounded) and not fooled,
        linf_distance=int(np.abs(difference(context.original, picture)).max()),
        original=context.original,
        adversarial=picture,
        notes=picture_notes(context.original, Preprocessing.from_config(context.card.config["preprocessing"])),
    )


def perturbation(result: Attack) -> Image.Image:
    """What was added, as colours around grey, amplified as far as 8 bits allow."""
    change = difference(result.original, result.adversarial)
    gain = 127 / max(1.0, float(np.abs(change).max()))
    return Image.fromarray((128 + gain * change).round().astype(np.uint8))


def difference(original: Image.Image, adversarial: Image.Image) -> NDArray[np.float32]:
    """(H, W, 3), in steps of 1/255."""
    return np.asarray(adversarial, np.float32) - np.asarray(original, np.float32)
