"""Train's declaration."""

from dataclasses import asdict
from typing import Any

from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, Operation
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.results import Curves, Training

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
    ),
)
