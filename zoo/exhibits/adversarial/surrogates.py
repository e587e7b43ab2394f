"""A black-box attack: a surrogate is fitted to a model's predictions, and attacked in its place.

The surrogate is linear in a coarse grid of colour shifts, as LIME's is (Ribeiro et al. 2016, arXiv:1602.04938). It is
fitted again around its own attack, as substitutes are by Papernot et al. 2016 (arXiv:1602.02697).
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.core.errors import InputError
from zoo.core.inputs import ImageLike
from zoo.core.steps import PAUSE, Progress, Steps
from zoo.exhibits.adversarial.attacks import LEVELS, quantize
from zoo.exhibits.adversarial.context import AttackContext, attack_context
from zoo.exhibits.adversarial.knobs import SurrogateKnobs
from zoo.exhibits.adversarial.results import SurrogateAttack
from zoo.exhibits.adversarial.single_attack import evaluate_attack

GRID = 14  # cells a side: fine enough to fool, coarse enough to be fitted to a few hundred predictions
QUERIES_PER_ROUND = 50  # between two fits
BATCH = 5  # queries a step of the job, so that other visitors' predictions get their turn
RIDGE_PENALTY = 0.1  # times the number of the surrogate's inputs
DECAY = 0.8  # of a query's weight with each later round: the gradient changes as the shifts move

Round = tuple[Tensor, Tensor]  # (B, 3 * GRID * GRID) shifts, (B,) margins


def surrogate(image: ImageLike, knobs: SurrogateKnobs | None = None) -> Steps[SurrogateAttack]:
    """Attack a model with nothing but the probabilities that it outputs; a job.

    It ends as soon as the model is fooled. Raises what ``attack_context`` raises, and InputError for an epsilon below
    one step of an 8-bit channel.
    """
    knobs = knobs or SurrogateKnobs()
    if knobs.epsilon < 1:
        raise InputError(f"Epsilon {knobs.epsilon:g}/255 changes no pixel of 8 bits: choose 1 or more.")
    context = attack_context(image, knobs)
    yield PAUSE
    generator = torch.Generator().manual_seed(knobs.seed)
    center, best = torch.zeros(1, 3 * GRID * GRID), context.pixels
    rounds: list[Round] = [(center, _margins(context, best))]
    queries, margins = [1], [float(rounds[0][1])]
    while margins[-1] >= 0 and queries[-1] + 1 < knobs.queries:
        count = min(QUERIES_PER_ROUND, knobs.queries - queries[-1] - 1)
        signs = torch.randint(0, 2, (count, center.shape[1]), generator=generator) * 2 - 1
        shifts = (center + signs).clamp(-1, 1)
        batches = []
        for batch in torch.split(shifts, BATCH):
            batches.append(_margins(context, _shifted(context, batch, knobs.epsilon)))
            done = min(knobs.queries, queries[-1] + BATCH * len(batches))
            yield Progress(done, knobs.queries, f"Querying {context.card.name}", {"margin": margins[-1]})
        rounds.append((shifts, torch.cat(batches)))
        center = -_fitted_gradient(rounds).sign()[None]
        yield PAUSE
        proposal = _shifted(context, center, knobs.epsilon)
        rounds.append((center, _margins(context, proposal)))
        queries.append(queries[-1] + count + 1)
        margins.append(float(rounds[-1][1]))
        best = proposal if margins[-1] == min(margins) else best
    yield PAUSE
    random_success_rate = float((rounds[1][1] < 0).float().mean())
    result = evaluate_attack(context, best, knobs.epsilon, knobs.top_k)
    return SurrogateAttack(result, tuple(queries), tuple(margins), random_success_rate)


def _fitted_gradient(rounds: list[Round]) -> Tensor:
    """(3 * GRID * GRID,) coefficients of a ridge regression: how the margin grows with each cell's shift."""
    from sklearn.linear_model import Ridge  # takes a second

    shifts, margins = (torch.cat(parts).numpy() for parts in zip(*rounds, strict=True))
    ages = [len(rounds) - index for index, (_, part) in enumerate(rounds) for _ in part]
    ridge = Ridge(RIDGE_PENALTY * shifts.shape[1]).fit(shifts, margins, np.power(DECAY, ages))
    return torch.from_numpy(ridge.coef_).float()


def _shifted(context: AttackContext, shifts: Tensor, epsilon: float) -> Tensor:
    """(B, 3, H, W) of 8 bits: each cell's channels changed by (B, 3 * GRID * GRID) shifts in [-1, 1] of epsilon."""
    cells = shifts.view(-1, 3, GRID, GRID)
    perturbation = epsilon / LEVELS * F.interpolate(cells, context.pixels.shape[-2:])  # (B, 3, H, W)
    return quantize((context.pixels + perturbation).clamp(0, 1), context.pixels, epsilon)


def _margins(context: AttackContext, pixels: Tensor) -> Tensor:
    """(B,) by how much in log-probability the prediction that the attacker does not want still leads."""
    log_probabilities = torch.from_numpy(context.predict(pixels)).clamp_min(1e-9).log()  # (B, num_classes)
    chosen = log_probabilities[:, context.class_index].clone()
    log_probabilities[:, context.class_index] = -torch.inf
    margin = chosen - log_probabilities.amax(1)
    return -margin if context.targeted else margin
