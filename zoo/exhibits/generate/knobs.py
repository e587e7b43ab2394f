"""The settings of Generate, for the page, the command line and the API alike."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs

DEFAULT_MODEL = "jeeves"


class GenerateKnobs(Knobs):
    model: str = Field(default=DEFAULT_MODEL, title="Model", description="Who writes.")
    length: int = Field(
        default=80,
        ge=1,
        le=400,
        title="Length",
        description="How much is written at most.",
        json_schema_extra={"unit": "sub-words"},
    )
    method: Literal["sampling", "greedy", "beam"] = Field(
        default="sampling",
        title="Method",
        description="Draw each sub-word by its odds, take the likeliest each time, or look for the likeliest text.",
    )
    beams: int = Field(default=4, ge=2, le=8, title="Beams", description="How many texts a beam search keeps in sight.")
    temperature: float = Field(
        default=0.8, ge=0.0, le=2.0, title="Temperature", description="Above 1 bolder, below 1 safer; 0 is greedy."
    )
    top_k: int = Field(
        default=0, ge=0, le=200, title="Top-k", description="Only so many of the likeliest may be drawn; 0 is all."
    )
    top_p: float = Field(
        default=0.9,
        ge=0.0,
        le=1.0,
        title="Top-p",
        description="Only the fewest that reach these odds together may be drawn; 1 is all.",
    )
    min_p: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Min-p",
        description="Only those with this share of the likeliest one's odds may be drawn; 0 is all.",
    )
    repetition_penalty: float = Field(
        default=1.1,
        ge=1.0,
        le=2.0,
        title="Repetition penalty",
        description="How much less likely becomes what was said before; 1 is not at all.",
    )
    samples: int = Field(
        default=1, ge=1, le=4, title="Samples", description="How many continuations stand side by side."
    )
    seed: int = Field(default=1, ge=0, le=9999, title="Seed", description="The same seed writes the same.")

    @property
    def rows(self) -> int:
        """How many texts are written beside each other."""
        return max(self.beams, self.samples) if self.method == "beam" else self.samples

    @property
    def draws(self) -> bool:
        """Whether chance has a say."""
        return self.method == "sampling" and self.temperature > 0 and self.top_p > 0 and self.top_k != 1

    def remarks(self) -> list[str]:
        """What in these settings has no effect, and why."""
        if self.draws:
            return []
        why = (
            f"The method is {self.method}"
            if self.method != "sampling"
            else "Temperature 0 leaves the likeliest alone"
            if self.temperature == 0
            else "Top-p 0 leaves the likeliest alone"
            if self.top_p == 0
            else "Top-k 1 leaves the likeliest alone"
        )
        same = ", and all samples are the same" if self.samples > 1 and self.method != "beam" else ""
        return [f"{why}: the other filters and the seed change nothing{same}."]


class TuneKnobs(Knobs):
    """Of going on learning from one's own text."""

    steps: int = Field(default=150, ge=10, le=2000, title="Steps", description="How often the network is changed.")
    rate: float = Field(
        default=3e-4,
        ge=1e-5,
        le=3e-3,
        title="Learning rate",
        description="How far each step goes: more learns faster and forgets more.",
    )
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="Which parts of the text, when.")
