from .before_and_after import explanations
from .context import AttackContext, attack_context, image_classifiers, model_input
from .epsilon_curves import epsilon_curve
from .evaluation import Evaluation, evaluate
from .feature_squeezing import defences, squeeze
from .knobs import (
    DEFAULT_MODEL,
    AttackKnobs,
    DefenceKnobs,
    EpsilonCurveKnobs,
    PerturbationKnobs,
    SqueezingKnobs,
    SurrogateKnobs,
    TransferKnobs,
)
from .results import (
    Attack,
    AttackExplanations,
    Defence,
    Defences,
    EpsilonCurve,
    EpsilonPoint,
    SurrogateAttack,
    TransferCell,
    TransferMatrix,
)
from .single_attack import attack, perturbation
from .surrogates import surrogate
from .transfers import transfer

__all__ = [
    "DEFAULT_MODEL",
    "Attack",
    "AttackContext",
    "AttackExplanations",
    "AttackKnobs",
    "Defence",
    "DefenceKnobs",
    "Defences",
    "EpsilonCurve",
    "EpsilonCurveKnobs",
    "EpsilonPoint",
    "Evaluation",
    "PerturbationKnobs",
    "SqueezingKnobs",
    "SurrogateAttack",
    "SurrogateKnobs",
    "TransferCell",
    "TransferKnobs",
    "TransferMatrix",
    "attack",
    "attack_context",
    "defences",
    "epsilon_curve",
    "evaluate",
    "explanations",
    "image_classifiers",
    "model_input",
    "perturbation",
    "squeeze",
    "surrogate",
    "transfer",
]
