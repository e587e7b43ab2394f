"""A picture in; the same picture out, moved so little that nobody sees it, and what the network says of both."""

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from zoo.core.answers import Answer, ClassProbabilities
from zoo.core.cards import find_card
from zoo.core.explanations import Explanation, explain
from zoo.core.jobs import Steps
from zoo.exhibits.adversarial.attacks import fgsm, iterate, random_start, rounded
from zoo.exhibits.adversarial.context import Case, open_case, to_picture, to_pixels
from zoo.exhibits.adversarial.knobs import AttackKnobs


@dataclass(frozen=True)
class Outcome:
    """What an attack did. ``before`` and ``after``: the answers to the two pictures, each of 8 bits a channel.

    ``aim``: the class that the attack went for or, without a target, drove away from. ``fooled``: the answer became
    the target or, without one, another than before. ``undone``: it did so only until the picture was rounded to 8
    bits. ``largest``: the furthest that any channel moved, in steps of 1/255.
    """

    model: str
    restriction: str
    aim: str
    before: Answer
    after: Answer
    fooled: bool
    undone: bool
    largest: int


@dataclass(frozen=True)
class Attack:
    """``original``: what the model sees of the picture; ``adversarial``: the same, attacked."""

    outcome: Outcome
    original: Image.Image
    adversarial: Image.Image

    def record(self) -> dict[str, Any]:
        """All but the pictures, as JSON."""
        return dataclasses.asdict(self.outcome)


def attack(image: Image.Image, knobs: AttackKnobs | None = None, case: Case | None = None) -> Attack:
    """Attack a model on an RGB picture, at the size that the model sees.

    ``case``: what ``open_case`` gave for the same picture, model and target, to spare the work. Raises as that does.
    """
    knobs = knobs or AttackKnobs()
    case = case or open_case(image, knobs)
    *_, moved = attacked(case, knobs)
    return concluded(case, knobs, moved)


def concluded(case: Case, knobs: AttackKnobs, moved: Tensor) -> Attack:
    """What an attack that ended at ``moved``, (1, 3, H, W), has done."""
    exact = rounded(moved)
    begin = time.perf_counter()
    (row,) = case.odds(exact)
    took = 1000 * (time.perf_counter() - begin)
    unrounded = row if torch.allclose(moved, exact, atol=1e-6) else case.odds(moved)[0]
    before, after = (
        ClassProbabilities(case.card, each, case.view.unsure_below, elapsed).answer(knobs.top_k)
        for each, elapsed in ((case.row, case.milliseconds), (row, took))
    )
    result = to_picture(exact[0])
    outcome = Outcome(
        case.card.name,
        case.card.restriction,
        case.card.classes[case.aim].label,
        before,
        after,
        case.fooled(row),
        case.fooled(unrounded) and not case.fooled(row),
        int(np.abs(change(case.original, result)).max()),
    )
    return Attack(outcome, case.original, result)


def attacked(case: Case, knobs: AttackKnobs) -> Iterator[Tensor]:
    """(1, 3, H, W) in [0, 1] after each step of the attack; FGSM has one."""
    epsilon = knobs.epsilon / 255
    if knobs.method == "fgsm":
        yield fgsm(case.clean, case.sign, epsilon)
        return
    generator = torch.Generator().manual_seed(knobs.seed)
    start = random_start(case.clean, epsilon, generator) if knobs.method == "pgd" else None
    yield from iterate(case.look, case.clean, epsilon, knobs.step_size / 255, knobs.steps, start)


def verdict(outcome: Outcome) -> str:
    """What came of it, in a sentence."""
    said = outcome.after.predictions[0].label
    if outcome.fooled:
        return f"Fooled: no channel moved by more than {outcome.largest}/255, and it sees {said}."
    if outcome.undone:
        return "Fooled until the picture was rounded to 8 bits a channel: take a larger epsilon."
    if said != outcome.before.predictions[0].label:
        return f"Not there yet: it sees {said}, not {outcome.aim}."
    return f"Not fooled: it still sees {said}."


def explain_both(result: Attack) -> Steps[tuple[Explanation, ...]]:
    """What the model looked at before and when it was fooled, each for the class that it gave; a job."""
    card = find_card(result.outcome.model)
    outcome = result.outcome
    pairs = (
        (result.original, outcome.before.predictions[0]),
        (result.adversarial, outcome.after.predictions[0]),
    )
    asked = [(to_pixels(image), card.class_index(best.id or best.label)) for image, best in pairs]
    return explain(card.name, asked)


def perturbation(result: Attack) -> Image.Image:
    """What was added, as colours around grey, as strong as 8 bits allow."""
    moved = change(result.original, result.adversarial)
    gain = 127 / max(1.0, float(np.abs(moved).max()))
    return Image.fromarray((128 + gain * moved).round().astype(np.uint8))


def change(original: Image.Image, adversarial: Image.Image) -> NDArray[np.float32]:
    """(H, W, 3), in steps of 1/255."""
    return np.asarray(adversarial, np.float32) - np.asarray(original, np.float32)
