"""Transfer: whether an adversarial example of one model fools others (Szegedy et al. 2013, arXiv:1312.6199)."""

from PIL import Image

from zoo.core.inputs import ImageLike, as_image
from zoo.core.steps import Progress, Steps
from zoo.exhibits.adversarial.attacks import quantize
from zoo.exhibits.adversarial.context import (
    attack_context,
    classifier_card,
    image_classifiers,
    predict_picture,
    to_picture,
)
from zoo.exhibits.adversarial.knobs import TransferKnobs, VictimKnobs
from zoo.exhibits.adversarial.results import TransferCell, TransferMatrix
from zoo.exhibits.adversarial.single_attack import perturb


def transfer(image: ImageLike, knobs: TransferKnobs | None = None) -> Steps[TransferMatrix]:
    """Attack each model, and give each adversarial picture to all of them through their own preprocessing; a job.

    The attacks are untargeted, since the models need not share a class. Raises what ``attack_context`` raises.
    """
    knobs, picture = knobs or TransferKnobs(), as_image(image)
    models = tuple(dict.fromkeys(knobs.model)) or tuple(card.name for card in image_classifiers())
    total = len(models) ** 2
    cells: list[TransferCell] = []
    for source in models:
        context = attack_context(picture, VictimKnobs(model=source))
        adversarial = context.pixels
        for pixels in perturb(context, knobs):  # one step of the job for each step of the attack
            adversarial = pixels
            yield Progress(max(1, len(cells)), total, f"Attacking {source}")
        adversarial = quantize(adversarial, context.pixels, knobs.epsilon)
        for victim in models:
            cells.append(_cell(source, victim, context.original, to_picture(adversarial[0])))
            yield Progress(len(cells), total, f"{source} against {victim}")
    restrictions = dict.fromkeys(classifier_card(name).restriction for name in models)
    return TransferMatrix(models, "; ".join(restrictions), tuple(cells))


def _cell(source: str, victim: str, original: Image.Image, adversarial: Image.Image) -> TransferCell:
    card = classifier_card(victim)
    rows = [predict_picture(card, picture) for picture in (original, adversarial)]
    before, after = (int(row.argmax()) for row in rows)
    labels = card.classes[before].label, card.classes[after].label
    # Classes are compared by index: two may share a label, as the two cranes of ImageNet do.
    return TransferCell(source, victim, *labels, float(rows[1].max()), before != after)
