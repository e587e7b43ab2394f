"""Translate's declaration."""

from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, Operation
from zoo.exhibits.translate.knobs import MAX_CHARACTERS, TranslateKnobs
from zoo.exhibits.translate.results import Alignment, Translation

TEXT = Input("text", "text", "A text in the source language.", max_characters=MAX_CHARACTERS)

EXHIBIT = Exhibit(
    name="translate",
    title="Translate",
    icon=":material/translate:",
    sentence="Type a sentence: a small transformer translates it between English and French and shows its attention "
    "weights. Marian, downloaded once, knows Spanish too.",
    invitation="How do you say that in French?",
    picture="A sentence, its translation, and the attention weight of each pair of words",
    takes="text",
    operations=(
        Operation(
            exhibit="translate",
            summary="The translation of a text.",
            function="zoo.exhibits.translate:translate",
            inputs=(TEXT,),
            knobs=TranslateKnobs,
            result=Translation,
            shows="result.translation",
            example={"text": "I love cats. Where is the station?", "beams": 2},
        ),
        Operation(
            exhibit="translate",
            name="alignment",
            summary="Attention weights between the words of a text and those of its translation.",
            function="zoo.exhibits.translate:alignment",
            inputs=(TEXT,),
            knobs=TranslateKnobs,
            result=Alignment,
            shows="result.sentences[0].weights",
            example={"text": "A little girl is sleeping.", "beams": 2},
        ),
    ),
)
