"""The settings of Classify, for the page, the command line and the API alike."""

from pydantic import Field

from zoo.core.knobs import Knobs

DEFAULT_MODEL = "mobilenet-v2"


class ClassifyKnobs(Knobs):
    model: list[str] = Field(
        default=[DEFAULT_MODEL],
        min_length=1,
        max_length=6,
        title="Models",
        description="Who is asked. With several models, the average of their answers is added.",
    )
    top_k: int = Field(
        default=5,
        ge=1,
        le=20,
        title="Answers shown",
        description="How many of the most probable classes to list.",
        json_schema_extra={"unit": "classes"},
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
