"""Generate's declaration."""

from dataclasses import asdict
from typing import Any

from zoo.core.cards import CardSummary
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, Operation
from zoo.exhibits.generate.knobs import (
    MAX_CHARACTERS,
    AttentionKnobs,
    FineTuneKnobs,
    GenerateKnobs,
    PerplexityKnobs,
)
from zoo.exhibits.generate.results import Attention, FineTuning, Generation, Perplexity

PROMPT = Input(
    "text",
    "text",
    "The prompt that is continued; an empty one begins a new text.",
    default="",
    max_characters=MAX_CHARACTERS,
)
TEXT = Input("text", "text", "The text that the model reads.", max_characters=MAX_CHARACTERS)
DOCUMENT = Input("document", "document", "The text to train on, of 1,000 to 5,000,000 characters.")
EXAMPLE = "It was one of those mornings when"


def texts_so_far(generation: Generation) -> list[str]:
    """What a progress event shows of a generation: each continuation."""
    return [sample.text for sample in generation.samples]


def losses_so_far(state: FineTuning) -> dict[str, Any]:
    """What a progress event shows of a fine-tuning: both loss curves and a sample."""
    return asdict(state)


EXHIBIT = Exhibit(
    name="generate",
    title="Generate text",
    icon=":material/edit_note:",
    sentence="Give a prompt: a small GPT-2 continues it token by token and shows the distribution behind each token.",
    invitation="How does the text go on?",
    picture="A generated text with each token shaded by its probability",
    takes="text",
    operations=(
        Operation(
            exhibit="generate",
            summary="Text that continues a prompt, with the candidates for each token before and after the filters.",
            function="zoo.exhibits.generate:generate",
            inputs=(PROMPT,),
            knobs=GenerateKnobs,
            result=Generation,
            job=True,
            preview=texts_so_far,
            shows="result.texts[0]",
            example={"text": EXAMPLE, "length": 12, "samples": 2},
        ),
        Operation(
            exhibit="generate",
            name="perplexity",
            summary="How well a language model predicts a text: the bits of each token, and the perplexity.",
            function="zoo.exhibits.generate:perplexity",
            inputs=(TEXT,),
            knobs=PerplexityKnobs,
            result=Perplexity,
            shows="result.perplexity",
            example={"text": EXAMPLE},
        ),
        Operation(
            exhibit="generate",
            name="attention",
            summary="The attention weights between the tokens of a text, in one layer and head.",
            function="zoo.exhibits.generate:attention",
            inputs=(TEXT,),
            knobs=AttentionKnobs,
            result=Attention,
            shows="result.weights.round(2)",
            example={"text": "Right ho, Jeeves", "layer": 2, "head": 1},
        ),
        Operation(
            exhibit="generate",
            name="fine-tune",
            summary="A user model: a copy of the bundled language model, fine-tuned on a text.",
            function="zoo.exhibits.generate:fine_tune",
            inputs=(DOCUMENT,),
            knobs=FineTuneKnobs,
            result=CardSummary,
            job=True,
            creates_model=True,
            preview=losses_so_far,
            shows="result.name",
            example={"document": "examples:document", "title": "The village", "steps": 10},
        ),
    ),
)
