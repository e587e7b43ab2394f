"""The knobs of Sentiment."""

from pydantic import Field

from zoo.core.knobs import Knobs
from zoo.core.tables import TableFormatKnobs

DEFAULT_MODEL = "tweet-lstm"
MAX_CHARACTERS = 10_000
MAX_TOKENS = 128  # of a window; the longest tweet has about 80


class NeutralKnobs(Knobs):
    """The knob of every operation of Sentiment."""

    neutral: bool = Field(
        default=True,
        title="Neutral class",
        description="Whether neutral is one of the classes. Without it, negative and positive share all probability.",
    )


class SentimentKnobs(NeutralKnobs):
    model: list[str] = Field(
        default=[DEFAULT_MODEL],
        min_length=1,
        max_length=4,
        title="Models",
        description="The models that classify the text.",
    )


class SingleModelKnobs(NeutralKnobs):
    """One model, for word contributions and rewrites."""

    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The model that classifies the text.")


class TableKnobs(SingleModelKnobs, TableFormatKnobs):
    column: str = Field(
        default="text",
        min_length=1,
        title="Text column",
        description="The column that contains the texts.",
    )
    label: str = Field(
        default="",
        title="Label column",
        description="The column that contains the true label; empty if the table has none. With it the result "
        "contains a confusion matrix and the most confident mistakes.",
    )
    label_map: str = Field(
        default="",
        max_length=2000,
        title="Labels that mean a class",
        description="What labels of the table mean, as in happy=positive, sad=negative. Rows with a label that stands "
        "neither here nor for a class are left out of the confusion matrix and of the mistakes, and are counted.",
    )
    spreadsheet_safe: bool = Field(
        default=True,
        title="Safe for spreadsheets",
        description="Put an apostrophe before what a spreadsheet would take for a formula, such as @name. Turn it off "
        "for a file to train on.",
    )
