"""Augment's declaration."""

from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.augment.knobs import (
    MAX_WORDS,
    AugmentKnobs,
    AugmentTableKnobs,
    BackTranslationKnobs,
    BackTranslationTableKnobs,
    LearningCurveKnobs,
)
from zoo.exhibits.augment.results import Augmentation, AugmentedTable, BackTranslation, LearningCurve

TEXT = Input("text", "text", "A sentence or a paragraph of English.", max_characters=20 * MAX_WORDS)
TABLE = Input("table", "table", "A table with a column of English texts.")
CSV = File("text/csv", ".csv", written=True)

EXHIBIT = Exhibit(
    name="augment",
    title="Augment text",
    icon=":material/auto_awesome:",
    sentence="Turn one sentence into many with about the same meaning, to train on when there are too few.",
    invitation="How else can you say it?",
    picture="A sentence and eight augmented versions, with inserted and deleted words marked",
    operations=(
        Operation(
            exhibit="augment",
            summary="New versions of a sentence by easy data augmentation (EDA).",
            function="zoo.exhibits.augment:augment",
            inputs=(TEXT,),
            knobs=AugmentKnobs,
            result=Augmentation,
            shows="[output.text for output in result.outputs]",
            example={"text": "A slow and gentle story with a brilliant actor.", "outputs": 4},
        ),
        Operation(
            exhibit="augment",
            name="back-translation",
            summary="A new version of a text by back-translation.",
            function="zoo.exhibits.augment:back_translate",
            inputs=(TEXT,),
            knobs=BackTranslationKnobs,
            result=BackTranslation,
            shows="result.text",
            example={"text": "I love this small house. Where is the cat?", "beams": 2},
        ),
        Operation(
            exhibit="augment",
            name="table",
            summary="A labelled table with new rows by easy data augmentation (EDA) after each row.",
            function="zoo.exhibits.augment:augment_table",
            inputs=(TABLE,),
            knobs=AugmentTableKnobs,
            result=AugmentedTable,
            shows="result.written",
            job=True,
            file=CSV,
            example={"table": "examples:labelled-texts", "outputs": 2},
        ),
        Operation(
            exhibit="augment",
            name="back-translation-table",
            summary="A labelled table with a new row by back-translation after each row.",
            function="zoo.exhibits.augment:back_translate_table",
            inputs=(TABLE,),
            knobs=BackTranslationTableKnobs,
            result=AugmentedTable,
            shows="result.written",
            job=True,
            file=CSV,
            example={"table": "examples:labelled-texts", "beams": 1},
        ),
        Operation(
            exhibit="augment",
            name="learning-curve",
            summary="Held-out accuracy against the number of training rows, with and without augmentation.",
            function="zoo.exhibits.augment:learning_curve",
            inputs=(TABLE,),
            knobs=LearningCurveKnobs,
            result=LearningCurve,
            shows="result.points",
            job=True,
            example={"table": "examples:labelled-texts", "outputs": 2},
        ),
    ),
)
