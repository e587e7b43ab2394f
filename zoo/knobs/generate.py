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
    method: Literal["sampling", "greedy"] = Field(
        default="sampling",
        title="Method",
        description="Draw each sub-word by its odds, or take the likeliest each time.",
    )
    temperature: float = Field(
        default=0.9, ge=0.0, le=2.0, title="Temperature", description="Above 1 bolder, below 1 safer; 0 is greedy."
    )
    top_k: int = Field(
        default=0, ge=0, le=200, title="Top-k", description="Only so many of the likeliest may be drawn; 0 is all."
    )
    top_p: float = Field(
        default=0.95,
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
    def draws(self) -> bool:
        """Whether chance has a say."""
        return self.method == "sampling" and self.temperature > 0 and self.top_p > 0 and self.top_k != 1

    def remarks(self) -> list[str]:
        """What in these settings has no effect, and why."""
        if self.draws:
            return []
        why = (
            "The method is greedy"
            if self.method == "greedy"
            else "Temperature 0 leaves the likeliest alone"
            if self.temperature == 0
            else "Top-p 0 leaves the likeliest alone"
            if self.top_p == 0
            else "Top-k 1 leaves the likeliest alone"
        )
        same = ", and all samples are the same" if self.samples > 1 else ""
        return [f"{why}: the other filters and the seed change nothing{same}."]
