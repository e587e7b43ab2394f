"""The knobs of Translate."""

from pydantic import Field

from zoo.core.knobs import Knobs
from zoo.exhibits.translate.directions import DIRECTIONS, DirectionCode, Engine

MAX_CHARACTERS = 5000
BOTH = ", ".join(direction.code for direction in DIRECTIONS if direction.bundled)


class BeamKnobs(Knobs):
    """The knob of beam search."""

    beams: int = Field(
        default=4,
        ge=1,
        le=8,
        title="Beams",
        description="How many partial translations beam search keeps; with 1 it takes the most probable token each "
        "time.",
    )


class TranslateKnobs(BeamKnobs):
    direction: DirectionCode = Field(
        default=DIRECTIONS[0].code,
        title="Direction",
        description="Source and target language: "
        + "; ".join(f"{direction.code} is {direction.title}" for direction in DIRECTIONS)
        + ".",
    )
    engine: Engine = Field(
        default="bundled",
        title="Engine",
        description=f"bundled: the small transformer of this project ({BOTH}). marian: Marian from the Hugging Face "
        "hub, with sixteen times as many parameters, downloaded once.",
    )
    model: str = Field(
        default="",
        max_length=200,
        title="Model of the hub",
        description="A translation model of the Hugging Face hub by its name, as in hub/OWNER/NAME; empty for the "
        "engine's own.",
    )
    verbatim: bool = Field(
        default=True,
        title="Copy numbers, links and emoji",
        description="Whether numbers, prices, dates, times, links, e-mail addresses, @names, #tags, emoji and names "
        "after a title are copied as they are written. Without it the model translates them, often wrongly.",
    )
