"""The settings of Sentiment, for the page, the command line and the API alike."""

from pydantic import Field

from zoo.core.knobs import Knobs

DEFAULT_MODEL = "tweet-lstm"


class SentimentKnobs(Knobs):
    model: list[str] = Field(
        default=[DEFAULT_MODEL],
        min_length=1,
        max_length=4,
        title="Models",
        description="Who is asked.",
    )
    neutral: bool = Field(
        default=True,
        title="Neutral counts",
        description="Whether neutral is one of the answers, or the model must take sides.",
    )
