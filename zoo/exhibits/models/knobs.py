"""The knobs of Models."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs

Task = Literal["any", "classify", "adversarial", "style", "sound", "sentiment", "generate", "translate"]


class FactsKnobs(Knobs):
    source: Literal["bundled", "own", "here", "all"] = Field(
        default="here",
        title="Models",
        description="Which models: the bundled ones, your own, all on this machine (both, and fetched ones), or also "
        "those that can be fetched.",
    )
    task: Task = Field(default="any", title="Task", description="The exhibit whose models are listed.")


class ModelKnobs(Knobs):
    model: str = Field(
        default="mobilenet-v2",
        max_length=200,
        title="Model",
        description="A bundled model, torchvision/NAME, hub/OWNER/NAME or own/NAME.",
    )


class BenchmarkKnobs(Knobs):
    model: list[str] = Field(
        default=[], max_length=100, title="Models", description="The models to measure; left out, all bundled ones."
    )
    device: list[str] = Field(
        default=[],
        max_length=9,
        title="Devices",
        description="Where to measure, as in cpu or cuda; left out, on every device of this machine.",
    )


class MemoryKnobs(ModelKnobs):
    action: Literal["load", "unload", "pin", "unpin"] = Field(
        default="load",
        title="Action",
        description="What to do: load the model into memory, free its memory, never evict it, or allow that again.",
    )


class ChooseKnobs(Knobs):
    task: Literal["classify", "adversarial", "style", "sound", "sentiment", "generate", "translate"] = Field(
        default="classify", title="Task", description="What the model is for."
    )
    priority: Literal["quality", "speed", "size", "balance"] = Field(
        default="balance",
        title="What matters most",
        description="The first metric of the card, latency here, the size of the file, or all three alike.",
    )
    commercial: bool = Field(
        default=False,
        title="Commercial use",
        description="Leave out models whose weights may be used for research or non-commercial purposes alone.",
    )
    official: bool = Field(
        default=False, title="Official models", description="Also models that would have to be fetched first."
    )


class LineageKnobs(Knobs):
    """None: it is about all bundled models."""
