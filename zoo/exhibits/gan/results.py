"""What GAN's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.results import Array, Hidden, Picture


@dataclass(frozen=True)
class GameResult:
    """A trained generator of points in the plane.

    ``steps``: updates of the generator. ``modes``: parts of the distribution; ``modes_covered``: those that get at
    least a fifth of their share of the generated points. ``near_a_mode``: the share of generated points within
    ``radius`` of a mode, in [0, 1]. ``points``: (1000, 2) generated points, in the coordinates of the points that were
    given. ``loss_steps``: updates, of both networks, at which the losses stand. ``state``: the weights of both networks
    as safetensors.
    """

    distribution: str
    loss: str
    steps: int
    modes: int
    modes_covered: int
    near_a_mode: float
    radius: float
    loss_steps: tuple[int, ...]
    generator_loss: tuple[float | None, ...]
    discriminator_loss: tuple[float | None, ...]
    points: Array
    state: Hidden


@dataclass(frozen=True)
class GeneratedPictures:
    """``picture``: a grid, row by row. ``classes``: of each picture. ``milliseconds``: computing, without loading."""

    model: str
    restriction: str
    classes: tuple[str, ...]
    milliseconds: float
    picture: Picture


@dataclass(frozen=True)
class Interpolation:
    """``pictures``: the frames of the animation, from the first class to the last."""

    model: str
    restriction: str
    first: str
    second: str
    frames: int
    milliseconds: float
    pictures: Hidden
