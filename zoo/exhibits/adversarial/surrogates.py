"""An attack on a network whose weights nobody shows: a surrogate is learnt from its answers, and attacked instead.

The surrogate is linear in a coarse grid of colour shifts, as LIME's is (Ribeiro et al. 2016, arXiv:1602.04938), and is
learnt anew around its own attack, as substitutes are by Papernot et al. 2016 (arXiv:1602.02697).
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from zoo.core.errors import InputError
from zoo.core.jobs import Progress, Steps
from zoo.exhibits.adversarial.attacks import rounded
from zoo.exhibits.adversarial.context import Case, open_case
from zoo.exhibits.adversarial.knobs import AttackKnobs, SurrogateKnobs
from zoo.exhibits.adversarial.outcomes import Attack, concluded

GRID = 14  # cells a side: fine enough to fool, coarse enough to be learnt from a few hundred answers
ROUND = 50  # questions between two fits
BATCH = 5  # questions a step of the job, so that others' predictions get their turn
RIDGE = 0.1  # of the number of the surrogate's inputs
FADE = 0.8  # what an answer weighs for each later round or attack: the slope is another one where that has come to


@dataclass(frozen=True)
class Surrogate:
    """What came of asking ``questions`` times.

    ``lead`` after each fit, in units of log-probability: how far the network is from the answer that the attacker
    wants on the picture that fools the surrogate best; fooled below 0. ``chance``: share of the first round's shifts,
    as large and drawn before anything was learnt, that fooled it.
    """

    attack: Attack
    questions: tuple[int, ...]
    lead: tuple[float, ...]
    chance: float


def learn_surrogate(
    image: Image.Image, knobs: AttackKnobs | None = None, learning: SurrogateKnobs | None = None
) -> Steps[Surrogate]:
    """Attack a model on an RGB picture by what it answers alone; a job.

    Of ``knobs``, ``model``, ``epsilon``, ``target`` and ``seed`` count. Ends as soon as the network is fooled. Raises
    as ``open_case`` does, and InputError for an epsilon that rounding to 8 bits undoes.
    """
    knobs, limit = knobs or AttackKnobs(), (learning or SurrogateKnobs()).questions
    if knobs.epsilon < 0.5:
        raise InputError(f"Epsilon {knobs.epsilon:g}/255 moves no pixel of 8 bits: choose 0.5 or more.")
    case, epsilon = open_case(image, knobs), knobs.epsilon / 255
    generator = torch.Generator().manual_seed(knobs.seed)
    centre, best = torch.zeros(1, 3 * GRID * GRID), case.clean
    rounds = [(centre, _leads(case, best))]
    questions, found = [1], [float(rounds[0][1])]
    while found[-1] >= 0 and questions[-1] + 1 < limit:
        count = min(ROUND, limit - questions[-1] - 1)
        around = (centre + torch.randint(0, 2, (count, centre.shape[1]), generator=generator) * 2 - 1).clamp(-1, 1)
        answers = []
        for some in torch.split(around, BATCH):
            answers.append(_leads(case, _moved(case, some, epsilon)))
            yield Progress(min(limit, questions[-1] + BATCH * len(answers)), limit, f"Asking {case.card.name}")
        rounds.append((around, torch.cat(answers)))
        centre = -_slope(rounds).sign()[None]
        aimed = _moved(case, centre, epsilon)
        rounds.append((centre, _leads(case, aimed)))
        questions.append(questions[-1] + count + 1)
        found.append(float(rounds[-1][1]))
        best = aimed if found[-1] == min(found) else best
    chance = float((rounds[1][1] < 0).float().mean())
    return Surrogate(concluded(case, knobs, best), tuple(questions), tuple(found), chance)


def _slope(rounds: list[tuple[Tensor, Tensor]]) -> Tensor:
    """(3 * GRID * GRID,), of ridge regression: how the lead grows with each cell's shift."""
    from sklearn.linear_model import Ridge  # takes a second

    shifts, leads = (torch.cat(parts).numpy() for parts in zip(*rounds, strict=True))
    ages = [len(rounds) - place for place, (_, some) in enumerate(rounds) for _ in some]
    ridge = Ridge(RIDGE * shifts.shape[1]).fit(shifts, leads, np.power(FADE, ages))
    return torch.from_numpy(ridge.coef_).float()


def _moved(case: Case, shifts: Tensor, epsilon: float) -> Tensor:
    """(B, 3, H, W), as 8 bits hold it: each cell's channels moved by its (B, 3 * GRID * GRID) share of epsilon."""
    cells = shifts.view(-1, 3, GRID, GRID)
    return rounded((case.clean + epsilon * F.interpolate(cells, case.clean.shape[-2:])).clamp(0, 1))


def _leads(case: Case, pictures: Tensor) -> Tensor:
    """(B,) by how much in log-probability the answer still leads that the attacker does not want."""
    logs = torch.from_numpy(case.odds(pictures)).clamp_min(1e-9).log()
    aimed = logs[:, case.aim].clone()
    logs[:, case.aim] = -torch.inf
    lead = aimed - logs.amax(1)
    return -lead if case.targeted else lead
