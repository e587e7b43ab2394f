"""The training of a generator and a discriminator in the plane: as a job, or advanced by a page."""

from collections.abc import Iterable, Sequence

from safetensors.torch import save

from zoo.core.errors import InputError
from zoo.core.live_training import LiveTraining
from zoo.core.steps import Progress, Steps, mapped
from zoo.exhibits.gan.distributions import Target, named, of_own_points, parse_points
from zoo.exhibits.gan.game import Frame, Game
from zoo.exhibits.gan.knobs import GameKnobs, GameTrainKnobs
from zoo.exhibits.gan.results import GameResult


def target_of(points: str, knobs: GameKnobs) -> Target:
    """The distribution of points written as text, or the named one where there is none. Raises InputError."""
    return of_own_points(parse_points(points)) if points.strip() else named(knobs.distribution)


def live(target: Target, knobs: GameKnobs) -> LiveTraining[Game]:
    """A training that its user advances. Raises BusyError when there are too many."""
    return LiveTraining(lambda device: Game(target, knobs, device), knobs.seed)


def train_game(points: str = "", knobs: GameTrainKnobs | None = None) -> Steps[GameResult]:
    """Train a generator to an end; a job.

    ``points``: two numbers a line; none for the named distribution. Raises InputError for points that are no
    distribution, and where the training diverges.
    """
    knobs = knobs or GameTrainKnobs()
    target = target_of(points, knobs)
    training = live(target, knobs)
    updates = knobs.steps * (knobs.discriminator_steps + 1)
    games: list[Game] = []

    def preview(game: Game) -> Frame:
        games[:] = [game]
        return game.take_frames()[-1]

    def checked(record: Progress) -> Progress:
        if games and games[0].diverged:
            raise InputError(games[0].diverged)
        return record

    game = yield from mapped(training.run(updates, preview, every=1), lambda game: game, checked)
    if game.diverged:
        raise InputError(game.diverged)
    return result_of(game, training.metrics)


def result_of(game: Game, metrics: Iterable[tuple[int, object]]) -> GameResult:
    """A game as it is now. ``metrics``: of its training. For the worker."""
    found, target = game.coverage(), game.target
    losses = list(metrics)
    return GameResult(
        distribution=target.name,
        loss=game.knobs.loss,
        steps=game.rounds,
        modes=len(target.modes),
        modes_covered=found.count,
        near_a_mode=found.near,
        radius=target.radius * target.scale,
        loss_steps=tuple(step for step, _ in losses),
        generator_loss=_values(losses, "generator_loss"),
        discriminator_loss=_values(losses, "discriminator_loss"),
        points=target.original(game.points()).astype("float32"),
        state=state_of(game),
    )


def _values(metrics: Sequence[tuple[int, object]], name: str) -> tuple[float | None, ...]:
    return tuple(values.get(name) for _, values in metrics)  # type: ignore[attr-defined]


def state_of(game: Game) -> bytes:
    """The weights of both networks as a safetensors file, with the knobs in its metadata."""
    tensors = {
        f"{name}.{key}": tensor.detach().cpu().contiguous()
        for name, module in (("generator", game.generator), ("discriminator", game.discriminator))
        for key, tensor in module.state_dict().items()
    }
    return save(tensors, {"knobs": game.knobs.model_dump_json()})
