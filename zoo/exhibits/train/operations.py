"""Train's declaration."""

from dataclasses import asdict
from typing import Any

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.previews import AugmentationPreview, PreviewKnobs
from zoo.exhibits.train.results import Curves, Training

PICTURES = Input(
    "pictures", "images", "The picture that is changed, and for mixup and CutMix a second one.", max_items=2
)
ARCHIVE = Input("archive", "archive", "A folder of class folders with pictures, or a zip or tar of one.")


def curves_so_far(state: Curves) -> dict[str, Any]:
    """What a progress event shows of a training: its curves, and the learning-rate finder's."""
    return asdict(state)


EXHIBIT = Exhibit(
    name="train",
    title="Train a classifier",
    icon=":material/model_training:",
    sentence="Bring pictures in a few classes: a classifier of your own is trained in seconds, measured, cleaned of "
    "wrong labels, and yours to take home.",
    invitation="What should it tell apart?",
    picture="Two classes of pictures, the curves of a training and its confusion matrix",
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
            example={"archive": "examples:shapes", "title": "Shapes"},
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
    ),
)
