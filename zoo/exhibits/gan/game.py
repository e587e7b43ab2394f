"""A generator and a discriminator of points in the plane, trained one update at a time."""

import itertools
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.core.diverging import Diverged, update_within_bounds
from zoo.exhibits.gan.distributions import Points, Target
from zoo.exhibits.gan.knobs import GameKnobs
from zoo.exhibits.gan.losses import discriminator_loss, generator_loss, gradient_penalty, r1_penalty, realness
from zoo.exhibits.gan.modes import Coverage, coverage

DISCRIMINATOR, GENERATOR = "discriminator", "generator"
N_SHOWN, N_ARROWS = 400, 120  # generated points of a frame, and those with a gradient
CELLS, REACH = 36, 1.5  # of the map of the discriminator, which shows [-1.5, 1.5]
N_MEASURED, MEASURED_EVERY = 1000, 20  # points, updates of the generator
FRAME_EVERY, N_FRAMES = 0.06, 8  # seconds; frames kept since they were last taken
LARGEST_LOSS = 1e5  # beyond which a training has diverged
DIVERGED = (
    "The training diverged at update {update:,}: numbers grew without bound. Lower the learning rates, or choose "
    "another loss, and start again."
)


@dataclass(frozen=True)
class Frame:
    """The game after an update. Coordinates are those of the target, within about [-1, 1].

    ``update``: how many there were. ``trained``: the network that the last was of, "" at first; ``next``: that of the
    next. ``points``: (400, 2), from the same noise in each frame. ``arrows``: (120, 2), where the generator's loss
    pulls the first points, the longest of length 1. ``map``: (36, 36) in [0, 1], what the discriminator takes for real,
    from the lower left.
    """

    update: int
    trained: str
    next: str
    points: Points
    arrows: Points
    map: NDArray[np.float32]


def network(inputs: int, outputs: int, hidden: int, layers: int) -> nn.Sequential:
    """A multilayer perceptron with leaky ReLU."""
    widths = [inputs, *[hidden] * layers]
    parts: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        parts += [nn.Linear(before, after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*parts, nn.Linear(widths[-1], outputs))


class Game:
    """A ``Trainable``: each step is one update of one network, those of the discriminator first.

    ``diverged``: a sentence once numbers have grown without bound; the networks stay as before that. ``frames``: some
    of the last updates, for a page to draw; ``take_frames`` empties it.
    """

    def __init__(self, target: Target, knobs: GameKnobs, device: str = "cpu") -> None:
        self.target, self.knobs, self.device = target, knobs, device
        self.generator = network(knobs.noise, 2, knobs.hidden, knobs.layers).to(device)
        self.discriminator = network(2, 1, knobs.hidden, knobs.layers).to(device)
        options: dict[str, Any] = {"betas": (0.5, 0.9), "fused": True}
        self._optimisers = {
            GENERATOR: torch.optim.Adam(self.generator.parameters(), knobs.generator_rate, **options),
            DISCRIMINATOR: torch.optim.Adam(self.discriminator.parameters(), knobs.discriminator_rate, **options),
        }
        self._real = torch.from_numpy(target.points).to(device)
        self._noise = torch.randn(N_MEASURED, knobs.noise, device=device)  # of frames and measurements
        axis = torch.linspace(-REACH, REACH, CELLS, device=device)
        self._grid = torch.cartesian_prod(axis, axis).flip(1)  # rows of y, from below
        self.updates, self.trained, self.diverged = 0, "", ""
        self.metrics: dict[str, float] = {}
        self.frames: deque[Frame] = deque(maxlen=N_FRAMES)
        self._drawn = 0.0

    @property
    def next(self) -> str:
        """The network that the next update is of."""
        return (
            GENERATOR
            if self.updates % (self.knobs.discriminator_steps + 1) == self.knobs.discriminator_steps
            else (DISCRIMINATOR)
        )

    @property
    def rounds(self) -> int:
        """Updates of the generator so far."""
        return self.updates // (self.knobs.discriminator_steps + 1)

    def step(self) -> Mapping[str, float]:
        """One update; the last loss of each network, and every 20 updates of the generator the coverage.

        Raises Diverged, from then on at each call.
        """
        if self.diverged:
            raise Diverged(self.diverged)
        trained = self.next
        loss = self._discriminator_loss() if trained == DISCRIMINATOR else self._generator_loss()
        if not self._update(trained, loss):
            self.diverged = DIVERGED.format(update=self.updates + 1)
            raise Diverged(self.diverged)
        self.updates, self.trained = self.updates + 1, trained
        self.metrics = self.metrics | {f"{trained}_loss": loss.item()}
        if trained == GENERATOR and (self.rounds % MEASURED_EVERY == 0 or self.rounds == 1):
            measured = self.coverage()
            self.metrics |= {"modes_covered": float(measured.count), "near_a_mode": measured.near}
        if time.perf_counter() - self._drawn > FRAME_EVERY:
            self.frames.append(self.frame())
            self._drawn = time.perf_counter()
        return self.metrics

    def take_frames(self) -> list[Frame]:
        """The frames since the last call, and the game as it is now."""
        frames = list(self.frames)
        self.frames.clear()
        if not frames or frames[-1].update != self.updates:
            frames.append(self.frame())
        return frames

    def _update(self, trained: str, loss: Tensor) -> bool:
        """Whether all numbers are still finite; where the loss is not, nothing is changed."""
        optimiser = self._optimisers[trained]
        optimiser.zero_grad()
        if not loss.abs() < LARGEST_LOSS:  # NaN neither
            return False
        torch.autograd.backward(loss)
        parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        return update_within_bounds(optimiser, parameters)

    def _batch(self) -> Tensor:
        return self._real[torch.randint(len(self._real), (self.knobs.batch,), device=self.device)]

    def _generated(self) -> Tensor:
        points: Tensor = self.generator(torch.randn(self.knobs.batch, self.knobs.noise, device=self.device))
        return points

    def _discriminator_loss(self) -> Tensor:
        real = self._batch()
        with torch.no_grad():
            fake = self._generated()
        scores = self.discriminator(torch.cat((real, fake)))[:, 0]
        loss = discriminator_loss(self.knobs.loss, scores[: len(real)], scores[len(real) :])
        if self.knobs.loss == "Wasserstein" and self.knobs.penalty:
            loss = loss + self.knobs.penalty * gradient_penalty(self.discriminator, real, fake)
        if self.knobs.r1:
            loss = loss + self.knobs.r1 * r1_penalty(self.discriminator, real)
        return loss

    def _generator_loss(self) -> Tensor:
        return generator_loss(self.knobs.loss, self.discriminator(self._generated())[:, 0])

    @torch.no_grad()
    def points(self, count: int = N_MEASURED) -> Points:
        """(count, 2) generated points, from the same noise at each call."""
        generated: Points = self.generator(self._noise[:count]).cpu().numpy()
        return generated

    def coverage(self) -> Coverage:
        """Of a thousand generated points."""
        return coverage(self.points(), self.target)

    def frame(self) -> Frame:
        """The game as it is now."""
        points = torch.from_numpy(self.points(N_SHOWN)).to(self.device)
        pulled = points[:N_ARROWS].requires_grad_(True)
        loss = generator_loss(self.knobs.loss, self.discriminator(pulled)[:, 0]) * len(pulled)
        (gradient,) = torch.autograd.grad(loss, pulled)
        longest = gradient.norm(dim=1).max().clamp_min(1e-12)
        with torch.no_grad():
            real = realness(self.knobs.loss, self.discriminator(self._grid)[:, 0])
        return Frame(
            self.updates,
            self.trained,
            self.next,
            points.detach().cpu().numpy(),
            (-gradient / longest).cpu().numpy(),
            real.reshape(CELLS, CELLS).cpu().numpy(),
        )
