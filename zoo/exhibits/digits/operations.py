"""Digits' declaration."""

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.digits.knobs import DigitsKnobs, TrainKnobs
from zoo.exhibits.digits.results import Digits, DigitTraining

IMAGE = Input("image", "image", "A picture with one digit, dark on light or light on dark, of any size.")

EXHIBIT = Exhibit(
    name="digits",
    title="Digits",
    icon=":material/draw:",
    sentence="Draw a digit: two networks read it while you draw, and show which units and pixels decided. "
    "Then train one of your own and watch its weights become strokes.",
    invitation="Can it read your handwriting?",
    picture="A drawn 3 beside the probabilities of two networks and the weights of the hidden units",
    takes="image",
    operations=(
        Operation(
            exhibit="digits",
            summary="The digit in a picture, by a perceptron and a convolutional network, and the pixels behind it.",
            function="zoo.exhibits.digits:digits",
            inputs=(IMAGE,),
            knobs=DigitsKnobs,
            result=Digits,
            shows="[(answer.model, answer.label) for answer in result.answers]",
            file=File("image/png", ".png", lambda result: encode_png(result.picture), default=False),
            example={"image": "seven", "top_k": 3},
        ),
        Operation(
            exhibit="digits",
            name="train",
            summary="A perceptron of your own, trained on 5,000 digits, with its weights as a file.",
            function="zoo.exhibits.digits:train_digits",
            inputs=(),
            knobs=TrainKnobs,
            result=DigitTraining,
            job=True,
            preview=lambda state: state,
            shows="result.accuracy",
            file=File("application/octet-stream", ".safetensors", lambda result: result.state, default=False),
            example={"steps": 50, "width": 32},
        ),
    ),
)
