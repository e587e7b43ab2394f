"""The training of a generator and a discriminator in the plane: as a job, or advanced by a page."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from safetensors.torch import save

from zoo.core.diverging import StoppingTraining
from zoo.core.inputs import Document, TextLike, as_document
from zoo.core.steps import Steps
from zoo.exhibits.gan.distributions import Target, named, of_own_points, parse_points
from zoo.exhibits.gan.game import Game
from zoo.exhibits.gan.knobs import GameKnobs, GameTrainKnobs
from zoo.exhibits.gan.results import GameResult


def target_of(points: TextLike, knobs: GameKnobs) -> Target:
    """The distribution of a file of points, or the named one where there is none. Raises InputError."""
    if points == "" and not isinstance(points, Document):
        return named(knobs.distribution)
    return of_own_points(parse_points(as_document(points)))


GameTraining: TypeAlias = StoppingTraining[Game]


def live(target: Target, knobs: GameKnobs) -> GameTraining:
    """A training that its user advances. Raises BusyError when there are too many."""
    return GameTraining(lambda device: Game(target, knobs, device), knobs.seed)


def train_game(points: TextLike = "", knobs: GameTrainKnobs | None = None) -> Steps[GameResult]:
    """Train a generator to an end; a job.

    ``points``: the path, the bytes or the ``Document`` of two numbers a line; none for the named distribution. Raises
    InputError for points that are no distribution, and where the training diverges.
    """
    knobs = knobs or GameTrainKnobs()
    training = live(target_of(points, knobs), knobs)
    game = yield from training.run(knobs.steps * (knobs.discriminator_steps + 1), lambda game: game.take_frames()[-1])
    return result_of(game, training.metrics)


def result_of(game: Game, metrics: Sequence[tuple[int, Mapping[str, float]]]) -> GameResult:
    """A game as it is now. ``metrics``: of its training. For the worker."""
    measured, target = game.coverage(), game.target
    return GameResult(
        distribution=target.name,
        loss=game.knobs.loss,
        steps=game.rounds,
        modes=len(target.modes),
        modes_covered=measured.count,
        near_a_mode=measured.near,
        radius=target.radius * target.scale,
        loss_steps=tuple(step for step, _ in metrics),
        generator_loss=_values(metrics, "generator_loss"),
        discriminator_loss=_values(metrics, "discriminator_loss"),
        points=target.original(game.points()).astype("float32"),
        state=state_of(game),
    )


def _values(metrics: Sequence[tuple[int, Mapping[str, float]]], name: str) -> tuple[float | None, ...]:
    return tuple(values.get(name) for _, values in metrics)


def state_of(game: Game) -> bytes:
    """The weights of both networks as a safetensors file, with the knobs in its metadata."""
    tensors = {
        f"{name}.{key}": tensor.detach().cpu().contiguous()
        for name, module in (("generator", game.generator), ("discriminator", game.discriminator))
        for key, tensor in module.state_dict().items()
    }
    return save(tensors, {"knobs": game.knobs.model_dump_json()})
