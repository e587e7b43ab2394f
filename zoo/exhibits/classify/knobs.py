"""The knobs of Classify."""

from pydantic import Field

from zoo.core.knobs import Knobs, TopKnobs

DEFAULT_MODEL = "mobilenet-v2"


class ClassifyKnobs(TopKnobs):
    model: list[str] = Field(
        default=[DEFAULT_MODEL],
        min_length=1,
        max_length=6,
        title="Models",
        description="The models to run. With several, the average of their probabilities is added.",
    )


class ExplainKnobs(Knobs):
    """Which prediction is explained."""

    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The model whose prediction is explained.")
    target: str = Field(
        default="",
        max_length=100,
        title="Class",
        description="The class that is explained, by its label or WordNet id; empty for the most probable one.",
    )


class HeatMapKnobs(ExplainKnobs):
    opacity: int = Field(
        default=55,
        ge=0,
        le=100,
        title="Heat map",
        description="The opacity of the heat map over the picture.",
        json_schema_extra={"unit": "%"},
    )
