"""Train's declaration."""

from dataclasses import asdict
from typing import Any

from zoo.core.cards import CardSummary
from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.train.exports.knobs import ExportKnobs, ImportKnobs
from zoo.exhibits.train.exports.results import Export
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.previews import AugmentationPreview, PreviewKnobs
from zoo.exhibits.train.results import Curves, Training
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs

PICTURES = Input(
    "pictures", "images", "The picture that is changed, and for mixup and CutMix a second one.", max_items=2
)
FOLDER = Input("archive", "archive", "The folder of a classifier as it was downloaded, or a zip or tar of it.")
TABLE = Input("table", "table", "A table with a column of texts and a column with the label of each.")
ARCHIVE = Input(
    "archive", "archive", "A folder of class folders with pictures, a zip or tar of one, or a table of texts."
)


def curves_so_far(state: Curves) -> dict[str, Any]:
    """What a progress event shows of a training: its curves, and the learning-rate finder's."""
    return asdict(state)


EXHIBIT = Exhibit(
    name="train",
    title="Train a classifier",
    icon=":material/model_training:",
    sentence="Bring pictures or texts in a few classes: a classifier of your own is trained in seconds, measured, "
    "cleaned of wrong labels, and yours to take home.",
    invitation="What should it tell apart?",
    picture="The confusion matrix of a classifier of drawn apples, bananas and pears",
    operations=(
        Operation(
            exhibit="train",
            summary="A user model: a classifier of the classes of a folder of pictures, with its figures.",
            function="zoo.exhibits.train:train",
            inputs=(ARCHIVE,),
            knobs=TrainKnobs,
            result=Training,
            job=True,
            creates_model=True,
            preview=curves_so_far,
            shows="result.accuracy",
            example={"archive": "fruit", "title": "Fruit"},
        ),
        Operation(
            exhibit="train",
            name="texts",
            summary="A user model: a classifier of the labelled texts of a table, with its figures and a baseline's.",
            function="zoo.exhibits.train:train_texts",
            inputs=(TABLE,),
            knobs=TrainTextsKnobs,
            result=Training,
            job=True,
            creates_model=True,
            preview=curves_so_far,
            shows="result.accuracy",
            example={"table": "examples:labelled-texts", "title": "Moods"},
        ),
        Operation(
            exhibit="train",
            name="preview",
            summary="A picture under each random transform of training, and mixed with a second one.",
            function="zoo.exhibits.train:preview_transforms",
            inputs=(PICTURES,),
            knobs=PreviewKnobs,
            result=AugmentationPreview,
            shows="[tile.name for tile in result.tiles]",
            file=File("image/png", ".png", lambda result: encode_png(result.picture)),
            example={"pictures": ["coffee", "cat"], "size": 64, "mixup": 1.0, "blur": 0.5},
        ),
        Operation(
            exhibit="train",
            name="export",
            summary="A classifier as a file: ONNX, a torch.export program, a page for the browser, a C++ program.",
            function="zoo.exhibits.train:export_model",
            inputs=(),
            knobs=ExportKnobs,
            result=Export,
            shows="result.file_name, result.size_bytes",
            file=File(
                "application/octet-stream",
                ".onnx",
                lambda result: result.data,
                named=lambda result: (result.mime, result.file_name),
            ),
            example={"model": "resnet-18", "export_format": "onnx"},
        ),
        Operation(
            exhibit="train",
            name="import",
            summary="A user model from the folder of a classifier that was downloaded here: safetensors alone.",
            function="zoo.exhibits.train:import_model",
            inputs=(FOLDER,),
            knobs=ImportKnobs,
            result=CardSummary,
            creates_model=True,
            shows="result.name",
            example={"archive": "examples:classifier", "title": "Brought back"},
        ),
    ),
)
