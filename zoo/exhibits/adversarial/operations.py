"""Adversarial's declaration."""

from zoo.core.operations import Exhibit

EXHIBIT = Exhibit(
    name="adversarial",
    title="Adversarial examples",
    icon=":material/vaccines:",
    sentence="Change each pixel by less than the eye sees, and a classifier that was right becomes confidently wrong.",
    invitation="Can you fool a classifier?",
    picture="A photograph before and after an attack, the perturbation, and the predictions for both",
    operations=(),
    models_of=("classify",),
)
