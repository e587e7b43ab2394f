"""What Style's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from PIL import Image

from zoo.core.results import Hidden, Picture


@dataclass(frozen=True)
class OptimisedStyle:
    """A run of the optimisation, finished or not.

    ``content_loss`` and ``style_loss``: unweighted, before each step. Both are relative squared errors: 0 at the target
    itself, about 1 for a picture that has nothing in common with it. ``picture``: after the last step. ``frames``: at
    most 48 pictures of the run, small, from first to last. ``width`` and ``height``: of ``picture``, in pixels.
    ``notes``: how the photograph was decoded, where that is not a matter of course.
    """

    network: str
    restriction: str
    width: int
    height: int
    content_loss: tuple[float, ...]
    style_loss: tuple[float, ...]
    picture: Picture
    frames: Hidden = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FastStyle:
    """``picture``: as the knobs ask. ``stylised``: the network's output, a PIL image, before strength and colours.

    ``milliseconds``: preparing, waiting and computing, not loading. ``notes``: how the photograph was decoded, where
    that is not a matter of course.
    """

    models: tuple[str, ...]
    milliseconds: float
    restriction: str
    picture: Picture
    stylised: Hidden
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LearnPreview:
    """The state of training a style: an example photograph in the style, and the style loss of that step."""

    picture: Image.Image
    style_loss: float
