from .context import Case, open_case, victims
from .defences import Defence, defend
from .epsilon_curves import Curve, Point, curve
from .evaluation import Evaluation, evaluate
from .knobs import DEFAULT_MODEL, AttackKnobs, DefenceKnobs, SurrogateKnobs
from .outcomes import Attack, Outcome, attack, explain_both, perturbation, verdict
from .surrogates import Surrogate, learn_surrogate
from .transfers import Transfer, transfer

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
