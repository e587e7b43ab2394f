"""Autoencoder's declaration."""

from dataclasses import asdict
from typing import Any

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.autoencoder.knobs import LearnKnobs, MorphKnobs, ProbeKnobs, ReconstructKnobs
from zoo.exhibits.autoencoder.results import LearningRun, LearnPreview, Morph, Probe, Reconstruction

STATE = Input("state", "state", "What both students have learnt; left out, the bundled start.", default="")
PICTURES = Input("pictures", "images", "The pictures to reconstruct, at most 16.", max_items=16)
ENDS = Input("pictures", "images", "The first picture and the last.", max_items=2)
STREAM = Input("archive", "archive", "The pictures to learn from, in order of their names; one picture will do.")
LABELLED = Input("archive", "archive", "Pictures in a folder for each class, five or more in each.")


def errors_so_far(preview: LearnPreview) -> dict[str, Any]:
    """What a progress event shows of learning."""
    return {"errors": [asdict(each) for each in preview.errors]}


def gif(result: Morph) -> bytes:
    """The frames as an animated GIF."""
    from zoo.exhibits.autoencoder import encode_gif

    return encode_gif(result.frames)


EXHIBIT = Exhibit(
    name="autoencoder",
    title="Autoencoder",
    icon=":material/compare:",
    sentence="Two networks learn to redraw your pictures from 128 numbers each: one by the error of pixels alone, one "
    "by a perceptual loss too. Watch both get sharper.",
    invitation="What do 128 numbers keep of your picture?",
    picture="Five photographs, under each the blurred and the sharper reconstruction by two autoencoders",
    takes="image",
    operations=(
        Operation(
            exhibit="autoencoder",
            summary="Pictures as both autoencoders reconstruct them, with the perceptual distance of each.",
            function="zoo.exhibits.autoencoder:reconstruct",
            inputs=(PICTURES, STATE),
            knobs=ReconstructKnobs,
            result=Reconstruction,
            shows="result.errors",
            file=File("image/png", ".png", lambda result: encode_png(result.picture), default=False),
            example={"pictures": ["coffee", "cat"]},
        ),
        Operation(
            exhibit="autoencoder",
            name="learn",
            summary="Both autoencoders learn from a stream of pictures; the state that they reach, to go on from.",
            function="zoo.exhibits.autoencoder:learn",
            inputs=(STREAM, STATE),
            knobs=LearnKnobs,
            result=LearningRun,
            job=True,
            preview=errors_so_far,
            shows="result.after",
            file=File("application/octet-stream", ".safetensors", lambda result: result.state, default=False),
            example={"archive": "fruit", "steps": 10},
        ),
        Operation(
            exhibit="autoencoder",
            name="morph",
            summary="One picture turns into another: an animation along the line between their codes.",
            function="zoo.exhibits.autoencoder:morph",
            inputs=(ENDS, STATE),
            knobs=MorphKnobs,
            result=Morph,
            shows="result.distance",
            file=File("image/gif", ".gif", gif),
            example={"pictures": ["coffee", "cat"], "frames": 4, "size": 64},
        ),
        Operation(
            exhibit="autoencoder",
            name="probe",
            summary="How well a linear classifier tells classes from codes, from raw pixels and from random weights.",
            function="zoo.exhibits.autoencoder:probe",
            inputs=(LABELLED, STATE),
            knobs=ProbeKnobs,
            result=Probe,
            job=True,
            shows="result.scores",
            example={"archive": "fruit"},
        ),
    ),
)
