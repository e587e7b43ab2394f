"""The same attacked picture before other networks, which the attacker never saw."""

from dataclasses import dataclass

from PIL import Image

from zoo.core.jobs import Progress, Steps
from zoo.exhibits.adversarial.context import odds, open_case, seen, to_picture, to_pixels, victim, victims, view_of
from zoo.exhibits.adversarial.knobs import AttackKnobs
from zoo.exhibits.adversarial.outcomes import attacked


@dataclass(frozen=True)
class Transfer:
    """What ``victim`` says of what ``attacker`` saw, before and after the attack on ``attacker``."""

    attacker: str
    victim: str
    before: str
    after: str
    probability: float  # of ``after``
    fooled: bool  # before and after differ


def transfer(
    image: Image.Image, knobs: AttackKnobs | None = None, models: tuple[str, ...] = ()
) -> Steps[tuple[Transfer, ...]]:
    """Each model attacked, each attacked picture shown to all of them through their own preprocessing; a job.

    ``models``: those bundled when empty. ``knobs.model`` is not asked, nor a target, which the models may not share.
    Raises as ``attack`` does.
    """
    knobs = (knobs or AttackKnobs()).model_copy(update={"target": ""})
    names = models or tuple(card.name for card in victims())
    cells: list[Transfer] = []
    for attacker in names:
        case = open_case(image, knobs.model_copy(update={"model": attacker}))
        moved = case.clean
        for pixels in attacked(case, knobs):  # a step of the attack, a step of the job
            moved = pixels
            yield Progress(max(1, len(cells)), len(names) ** 2, f"Attacking {attacker}")
        adversarial = to_picture(moved[0])
        for name in names:
            cells.append(_shown(name, attacker, case.original, adversarial))
            yield Progress(len(cells), len(names) ** 2, f"{attacker} against {name}")
    return tuple(cells)


def _shown(name: str, attacker: str, original: Image.Image, adversarial: Image.Image) -> Transfer:
    card = victim(name)
    rows = [odds(card, view_of(image, card), to_pixels(seen(image, card)))[0] for image in (original, adversarial)]
    places = [int(row.argmax()) for row in rows]  # two classes may share a label: a crane flies or lifts
    before, after = (card.classes[place].label for place in places)
    return Transfer(attacker, name, before, after, float(rows[1].max()), places[0] != places[1])
