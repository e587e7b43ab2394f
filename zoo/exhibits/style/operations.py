"""Style's declaration."""

from typing import Any

from zoo.core.cards import CardSummary
from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.style.animation import encode_animation
from zoo.exhibits.style.knobs import FastStyleKnobs, LearnKnobs, StyleKnobs
from zoo.exhibits.style.results import FastStyle, LearnPreview, OptimisedStyle

IMAGE = Input("image", "image", "The photograph to render.")
PAINTINGS = Input("paintings", "images", "The paintings whose style is transferred, at most four.", max_items=4)
QUICK = {"image": "coffee", "paintings": ["strokes"], "size": 64, "steps": 10, "levels": 1}


def losses_so_far(result: OptimisedStyle) -> dict[str, Any]:
    """What a progress event shows of an optimisation: its size and last losses."""
    return {
        "width": result.width,
        "height": result.height,
        "content_loss": result.content_loss[-1],
        "style_loss": result.style_loss[-1],
    }


def training_state(preview: LearnPreview) -> dict[str, Any]:
    """What a progress event shows of learning a style."""
    return {"style_loss": preview.style_loss}


EXHIBIT = Exhibit(
    name="style",
    title="Style transfer",
    icon=":material/brush:",
    sentence="Render a photograph in the style of a painting: in one forward pass, or by optimising its pixels.",
    invitation="How would Van Gogh have painted it?",
    picture="A photograph of a temple in the style of short strokes of blue and yellow",
    takes="image",
    operations=(
        Operation(
            exhibit="style",
            summary="A photograph in the style of one or more paintings, by optimisation of its pixels (Gatys et al.).",
            function="zoo.exhibits.style:optimise_style",
            inputs=(IMAGE, PAINTINGS),
            knobs=StyleKnobs,
            result=OptimisedStyle,
            shows="result.content_loss[-1], result.style_loss[-1]",
            job=True,
            preview=losses_so_far,
            file=File("image/png", ".png", lambda result: encode_png(result.picture)),
            example=QUICK,
        ),
        Operation(
            exhibit="style",
            name="animation",
            summary="The same optimisation as an animated WebP of its steps.",
            function="zoo.exhibits.style:optimise_style",
            inputs=(IMAGE, PAINTINGS),
            knobs=StyleKnobs,
            result=OptimisedStyle,
            shows="result.style_loss[-1]",
            job=True,
            preview=losses_so_far,
            file=File("image/webp", ".webp", lambda result: encode_animation(result.frames)),
            example=QUICK,
        ),
        Operation(
            exhibit="style",
            name="fast",
            summary="A photograph in one or more trained styles, in one forward pass (Johnson et al.).",
            function="zoo.exhibits.style:stylise",
            inputs=(IMAGE,),
            knobs=FastStyleKnobs,
            result=FastStyle,
            shows="result.models, result.milliseconds",
            file=File("image/png", ".png", lambda result: encode_png(result.picture)),
            example={"image": "coffee", "model": ["wave", "scream"], "size": 96, "mix": "left to right"},
        ),
        Operation(
            exhibit="style",
            name="learn",
            summary="A new style for the feed-forward network, learned from one painting; kept as a user model.",
            function="zoo.exhibits.style:learn_style",
            inputs=(Input("painting", "image", "The painting to learn from."),),
            knobs=LearnKnobs,
            result=CardSummary,
            shows="result.name",
            job=True,
            creates_model=True,
            preview=training_state,
            example={"painting": "ink", "title": "Ink", "steps": 10},
        ),
    ),
)
