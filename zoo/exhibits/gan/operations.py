"""GAN's declaration."""

from typing import Any

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.gan.knobs import GameTrainKnobs, GeneratedKnobs, InterpolationKnobs
from zoo.exhibits.gan.results import GameResult, GeneratedPictures, Interpolation

POINTS = Input(
    "points",
    "document",
    "Points of your own, two numbers a line as in CSV; left out, the named distribution.",
    default="",
)


def game_state(preview: Any) -> dict[str, Any]:
    """What a progress event shows of a training: 400 generated points."""
    return {"points": preview.points.tolist()}


def encode_frames(result: Interpolation) -> bytes:
    """The animation of an interpolation."""
    from zoo.exhibits.gan.pictures import encode_gif

    return encode_gif(result.pictures)


EXHIBIT = Exhibit(
    name="gan",
    title="GAN",
    icon=":material/swords:",
    sentence="A generator learns to make what a discriminator takes for real: points that you draw, or pictures of "
    "clothes.",
    invitation="Can a network make what it never saw?",
    picture="Generated points on a ring of eight over the discriminator's map, and nine generated pictures of clothes",
    operations=(
        Operation(
            exhibit="gan",
            summary="Pictures of clothes from a generator that was trained on Fashion-MNIST, in a grid.",
            function="zoo.exhibits.gan:generate_pictures",
            inputs=(),
            knobs=GeneratedKnobs,
            result=GeneratedPictures,
            shows="result.classes",
            file=File("image/png", ".png", lambda result: encode_png(result.picture)),
            example={"count": 20, "seed": 1},
        ),
        Operation(
            exhibit="gan",
            name="interpolate",
            summary="An animated GIF of clothes that change from one class to another.",
            function="zoo.exhibits.gan:interpolate",
            inputs=(),
            knobs=InterpolationKnobs,
            result=Interpolation,
            shows="result.frames",
            file=File("image/gif", ".gif", encode_frames),
            example={"frames": 8, "count": 2},
        ),
        Operation(
            exhibit="gan",
            name="train",
            summary="A generator of points in the plane, trained against a discriminator; its losses and its modes.",
            function="zoo.exhibits.gan:train_game",
            inputs=(POINTS,),
            knobs=GameTrainKnobs,
            result=GameResult,
            shows="result.modes_covered, result.modes, result.near_a_mode",
            job=True,
            preview=game_state,
            file=File("application/octet-stream", ".safetensors", lambda result: bytes(result.state), default=False),
            example={"distribution": "line", "hidden": 16, "steps": 20},
        ),
    ),
)
