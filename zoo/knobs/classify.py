"""The settings of Classify, for the page, the command line and the API alike."""

from pydantic import Field

from zoo.core.knobs import Knobs, TopKnobs

DEFAULT_MODEL = "mobilenet-v2"


class ClassifyKnobs(TopKnobs):
    model: list[str] = Field(
        default=[DEFAULT_MODEL],
        min_length=1,
        max_length=6,
        title="Models",
        description="Who is asked. With several models, the average of their answers is added.",
    )


class HeatMapKnobs(Knobs):
    opacity: int = Field(
        default=55,
        ge=0,
        le=100,
        title="Heat map",
        description="How strongly the heat map covers the picture.",
        json_schema_extra={"unit": "%"},
    )
