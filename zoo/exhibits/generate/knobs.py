"""The knobs of Generate."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs

DEFAULT_MODEL = "jeeves"
MAX_CHARACTERS = 20_000  # of a text in one call


class GenerateKnobs(Knobs):
    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The language model that generates.")
    length: int = Field(
        default=80,
        ge=1,
        le=400,
        title="Length",
        description="The most tokens that are generated.",
        json_schema_extra={"unit": "tokens"},
    )
    method: Literal["sampling", "greedy", "beam"] = Field(
        default="sampling",
        title="Method",
        description="Sample each token, take the most probable one each time, or search for the most probable text.",
    )
    beams: int = Field(default=4, ge=2, le=8, title="Beams", description="How many texts beam search keeps at a time.")
    temperature: float = Field(
        default=0.8,
        ge=0.0,
        le=2.0,
        title="Temperature",
        description="Divides the logits: above 1 the distribution is flatter, below 1 sharper; 0 is greedy.",
    )
    top_k: int = Field(
        default=0,
        ge=0,
        le=200,
        title="Top-k",
        description="Sample among this many of the most probable tokens; 0 is all.",
        json_schema_extra={"unit": "tokens"},
    )
    top_p: float = Field(
        default=0.9,
        ge=0.0,
        le=1.0,
        title="Top-p",
        description="Sample among the fewest most probable tokens whose probabilities add up to this; 1 is all.",
    )
    min_p: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Min-p",
        description="Sample among tokens with at least this fraction of the highest probability; 0 is all.",
    )
    repetition_penalty: float = Field(
        default=1.1,
        ge=1.0,
        le=2.0,
        title="Repetition penalty",
        description="Lowers the logits of tokens that are in the text already; 1 is off.",
    )
    samples: int = Field(default=1, ge=1, le=4, title="Samples", description="How many continuations are generated.")
    seed: int = Field(
        default=1, ge=0, le=9999, title="Seed", description="The same seed and settings give the same text."
    )

    @property
    def num_beams(self) -> int:
        """The hypotheses of a beam search: at least as many as there are samples to return."""
        return max(self.beams, self.samples)

    @property
    def is_random(self) -> bool:
        """Whether tokens are sampled: some values of the filters leave the most probable one alone."""
        return self.method == "sampling" and self.temperature > 0 and self.top_p > 0 and self.top_k != 1

    def remarks(self) -> tuple[str, ...]:
        """What in these settings has no effect, and why."""
        if self.is_random:
            return ()
        reason = (
            f"The method is {self.method}"
            if self.method != "sampling"
            else "Temperature 0 is greedy"
            if self.temperature == 0
            else "Top-p 0 leaves only the most probable token"
            if self.top_p == 0
            else "Top-k 1 leaves only the most probable token"
        )
        same = ", and all samples are the same" if self.samples > 1 and self.method != "beam" else ""
        return (f"{reason}: the other filters and the seed have no effect{same}.",)


class PerplexityKnobs(Knobs):
    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The language model that reads the text.")


class AttentionKnobs(PerplexityKnobs):
    layer: int = Field(
        default=0, ge=0, le=96, title="Layer", description="The layer, counted from 1; 0 is the last one."
    )
    head: int = Field(
        default=0, ge=0, le=96, title="Head", description="The head, counted from 1; 0 is the mean over all heads."
    )


class FineTuneKnobs(Knobs):
    title: str = Field(
        default="My model", min_length=1, max_length=60, title="Title", description="The name of the new model."
    )
    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The bundled model that is fine-tuned.")
    steps: int = Field(
        default=150, ge=10, le=2000, title="Steps", description="How many times the weights are updated."
    )
    learning_rate: float = Field(
        default=3e-4,
        ge=1e-5,
        le=3e-3,
        title="Learning rate",
        description="The size of each update: a larger one learns faster and forgets more.",
    )
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="Selects the training batches.")
