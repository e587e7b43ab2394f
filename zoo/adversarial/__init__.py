"""Adversarial: move a picture's pixels so little that nobody sees it, and a network names something else.

>>> from zoo.adversarial import AttackKnobs, attack
>>> from zoo.examples import example
>>> attack(example("chelsea"), AttackKnobs(epsilon=2)).outcome.fooled  # doctest: +SKIP
True
"""

from zoo.adversarial.attack import Attack, Outcome, attack, explain_both, perturbation, verdict
from zoo.adversarial.case import Case, open_case, victims
from zoo.adversarial.curve import Curve, Point, curve
from zoo.adversarial.defences import Defence, defend
from zoo.adversarial.evaluate import Evaluation, evaluate
from zoo.adversarial.surrogate import Surrogate, learn_surrogate
from zoo.adversarial.transfer import Transfer, transfer
from zoo.knobs.adversarial import DEFAULT_MODEL, AttackKnobs, DefenceKnobs, SurrogateKnobs

__all__ = [
    "DEFAULT_MODEL",
    "Attack",
    "AttackKnobs",
    "Case",
    "Curve",
    "Defence",
    "DefenceKnobs",
    "Evaluation",
    "Outcome",
    "Point",
    "Surrogate",
    "SurrogateKnobs",
    "Transfer",
    "attack",
    "curve",
    "defend",
    "evaluate",
    "explain_both",
    "learn_surrogate",
    "open_case",
    "perturbation",
    "transfer",
    "verdict",
    "victims",
]
