"""What Adversarial's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.answers import Answer
from zoo.core.results import Picture
from zoo.exhibits.classify import Explanations


@dataclass(frozen=True)
class Attack:
    """One attack, on the 8-bit picture that the model takes.

    ``target``: the label of the target class, empty for an untargeted attack. ``before`` and ``after``: the predictions
    for ``original`` and ``adversarial``. ``fooled``: the predicted class is the target or, without one, another than
    before. ``lost_to_rounding``: that held only until the picture was rounded to 8 bits a channel. ``linf_distance``:
    the largest change of a channel, in steps of 1/255. ``notes``: how the picture was decoded, where that is not a
    matter of course, and that it is of one colour, where it is.
    """

    model: str
    restriction: str
    target: str
    before: Answer
    after: Answer
    fooled: bool
    lost_to_rounding: bool
    linf_distance: int
    original: Picture
    adversarial: Picture
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The result in one sentence."""
        label = self.after.predictions[0].label
        if self.fooled:
            return f"Fooled: no channel changed by more than {self.linf_distance}/255, and the prediction is {label}."
        if self.lost_to_rounding:
            return "Fooled until the picture was rounded to 8 bits a channel: choose a larger epsilon."
        if label != self.before.predictions[0].label:
            return f"Not the target: the prediction is {label}, not {self.target}."
        return f"Not fooled: the prediction is still {label}."


@dataclass(frozen=True)
class EpsilonPoint:
    """At ``epsilon`` (in 1/255) two probabilities in [0, 1], and whether the attack succeeded."""

    epsilon: float
    original_probability: float
    other_probability: float
    fooled: bool


@dataclass(frozen=True)
class EpsilonCurve:
    """Probabilities against epsilon, for the class that is predicted without an attack and for another one.

    ``original``: the label of the first. The other is the ``target`` or, where that is empty, the most probable class
    beside the original. ``smallest_epsilon``: the least epsilon found to fool the model, in 1/255; None where 32 did
    not. The pictures are not rounded to 8 bits: the curve describes the network, not files.
    """

    model: str
    restriction: str
    method: str
    original: str
    target: str
    points: tuple[EpsilonPoint, ...]
    smallest_epsilon: float | None


@dataclass(frozen=True)
class TransferCell:
    """What ``victim`` predicts for the picture that ``source`` takes, before and after the attack on ``source``.

    ``probability``: of ``after``. ``fooled``: the two predicted classes differ.
    """

    source: str
    victim: str
    before: str
    after: str
    probability: float
    fooled: bool


@dataclass(frozen=True)
class TransferMatrix:
    """One cell for each pair of ``models``, source by source. ``restriction``: of all of them."""

    models: tuple[str, ...]
    restriction: str
    cells: tuple[TransferCell, ...]


@dataclass(frozen=True)
class SurrogateAttack:
    """An attack that used ``queries[-1]`` predictions of the model and no gradient.

    ``margins`` after each fit, in units of log-probability: how far the model is from the prediction that the attacker
    wants, on the picture that the surrogate proposes; below 0 it is fooled. ``random_success_rate``: the share of the
    first round's shifts, of the same size and drawn at random, that fooled it.
    """

    attack: Attack
    queries: tuple[int, ...]
    margins: tuple[float, ...]
    random_success_rate: float

    @property
    def restriction(self) -> str:
        return self.attack.restriction


@dataclass(frozen=True)
class Defence:
    """What the model predicts for the original and the adversarial picture after a transformation of the input.

    ``recovered``: the adversarial picture gets the class that the original has without any transformation.
    ``l1_distance``: between the probabilities of the adversarial picture before and after the transformation, from 0 to
    2; a large one is a sign of an attack.
    """

    name: str
    original: str
    original_probability: float
    adversarial: str
    adversarial_probability: float
    recovered: bool
    l1_distance: float


@dataclass(frozen=True)
class Defences:
    """One attack under each transformation of the input; the first changes nothing."""

    model: str
    restriction: str
    fooled: bool
    results: tuple[Defence, ...]


@dataclass(frozen=True)
class AttackExplanations:
    """Five explanations of the predicted class before an attack, and of the one after it.

    ``picture``: those before in the first row, those after in the second.
    """

    model: str
    restriction: str
    before: Explanations
    after: Explanations
    picture: Picture
