"""The settings of Translate, for the page, the command line and the API alike."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs


class BeamKnobs(Knobs):
    """Of whatever translates."""

    beams: int = Field(
        default=4,
        ge=1,
        le=8,
        title="Beams",
        description="How many beginnings are kept side by side; with one, the likeliest word is taken each time.",
    )


class TranslateKnobs(BeamKnobs):
    direction: Literal["en-fr", "fr-en"] = Field(
        default="en-fr", title="Direction", description="From which language to which: English and French."
    )
    engine: Literal["bundled", "marian"] = Field(
        default="bundled",
        title="Engine",
        description="Our small network, or Marian's from the hub, of sixteen times as many numbers.",
    )
