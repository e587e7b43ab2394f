"""The settings of Augment, for the page, the command line and the API alike."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs
from zoo.exhibits.translate.knobs import BeamKnobs


class AugmentKnobs(Knobs):
    replace: bool = Field(
        default=True, title="Synonym replacement", description="Put a synonym in the place of some words."
    )
    insert: bool = Field(
        default=True, title="Random insertion", description="Add synonyms of some words at random places."
    )
    swap: bool = Field(default=True, title="Random swap", description="Let some words change places.")
    delete: bool = Field(default=True, title="Random deletion", description="Leave each word out with odds of alpha.")
    alpha: float = Field(
        default=0.1,
        ge=0.05,
        le=0.5,
        title="Alpha",
        description="The share of the words that one operation changes; the paper found 0.1 best for most sizes.",
    )
    outputs: int = Field(
        default=8,
        ge=1,
        le=16,
        title="Outputs",
        description="How many new sentences; the operations that are on take turns.",
        json_schema_extra={"unit": "sentences"},
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=99,
        title="Seed",
        description="The same seed gives the same sentences.",
    )


class BackKnobs(BeamKnobs):
    engine: Literal["bundled", "marian", "google"] = Field(
        default="bundled",
        title="Engine",
        description="Who translates: our small networks, Marian's from the hub, or Google over the network.",
    )
    language: str = Field(
        default="fr",
        title="Through",
        description="The language that the sentence goes through, as a code such as fr; random draws one by the seed.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Draw", description="Which random language is drawn.")
