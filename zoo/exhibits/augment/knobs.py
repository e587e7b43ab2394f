"""The knobs of Augment."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs
from zoo.core.tables import TableFormatKnobs
from zoo.exhibits.translate import BeamKnobs, Engine

MAX_WORDS = 500


class AugmentKnobs(Knobs):
    replace: bool = Field(
        default=True, title="Synonym replacement", description="Replace some words by synonyms of theirs."
    )
    insert: bool = Field(
        default=True, title="Random insertion", description="Insert synonyms of some words at random positions."
    )
    swap: bool = Field(
        default=True, title="Random swap", description="Swap the positions of some words, but of no negation."
    )
    delete: bool = Field(
        default=True, title="Random deletion", description="Delete each word with probability alpha, but no negation."
    )
    alpha: float = Field(
        default=0.1,
        ge=0.05,
        le=0.5,
        title="Alpha",
        description="The fraction of the words that one operation changes; the paper found 0.1 best for most sizes.",
    )
    outputs: int = Field(
        default=8,
        ge=1,
        le=16,
        title="Outputs",
        description="How many new sentences; the operations that are on take turns.",
        json_schema_extra={"unit": "sentences"},
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="The same seed gives the same sentences.")


class BackTranslationKnobs(BeamKnobs):
    engine: Literal[Engine, "google"] = Field(
        default="bundled",
        title="Engine",
        description="bundled: the small translators of this project. marian: Marian from the Hugging Face hub, "
        "downloaded once. google: Google Translate over the network.",
    )
    language: str = Field(
        default="fr",
        title="Pivot language",
        description="The language that the text is translated into and back from, as a code such as fr; random draws "
        "one by the seed.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="Which random language is drawn.")


class ColumnKnobs(TableFormatKnobs):
    """The knobs of whatever takes a table."""

    column: str = Field(default="text", max_length=1000, title="Column", description="The column with the texts.")


class ResumeKnobs(ColumnKnobs):
    """The knobs of whatever writes a larger table."""

    resume: bool = Field(
        default=False,
        title="Resume",
        description="Go on with the output of an interrupted run; nothing that it holds is computed again.",
    )
    spreadsheet_safe: bool = Field(
        default=False,
        title="Safe for spreadsheets",
        description="Put an apostrophe before what a spreadsheet would take for a formula, such as @name. Leave it off "
        "for a file to train on.",
    )


class AugmentTableKnobs(AugmentKnobs, ResumeKnobs):
    """EDA on a table."""


class BackTranslationTableKnobs(BackTranslationKnobs, ResumeKnobs):
    """Back-translation of a table."""


class LearningCurveKnobs(AugmentKnobs, ColumnKnobs):
    label: str = Field(
        default="label", max_length=1000, title="Label", description="The column with the labels of the texts."
    )
