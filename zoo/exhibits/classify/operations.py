"""Classify's declaration."""

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.classify.knobs import ClassifyKnobs, ExplainKnobs, HeatMapKnobs
from zoo.exhibits.classify.results import Classification, Explanations, HeatMap

IMAGE = Input("image", "image", "A picture of any size.")

EXHIBIT = Exhibit(
    name="classify",
    title="Classify pictures",
    icon=":material/image_search:",
    sentence="Upload a picture: ResNet and MobileNet name its classes with calibrated probabilities, and a heat map "
    "shows the evidence.",
    invitation="What is in this picture?",
    picture="A photograph of a cat under a heat map, beside the five most probable classes",
    takes="image",
    operations=(
        Operation(
            exhibit="classify",
            summary="The most probable classes of a picture, by one or more models.",
            function="zoo.exhibits.classify:classify",
            inputs=(IMAGE,),
            knobs=ClassifyKnobs,
            result=Classification,
            shows="result.answers[0].predictions",
            example={"image": "coffee", "top_k": 3},
        ),
        Operation(
            exhibit="classify",
            name="heat-map",
            summary="The evidence for a class in a picture: its Grad-CAM as a heat map.",
            function="zoo.exhibits.classify:heat_map",
            inputs=(IMAGE,),
            knobs=HeatMapKnobs,
            result=HeatMap,
            shows="result.label",
            file=File("image/png", ".png", lambda result: encode_png(result.picture)),
            example={"image": "coffee", "opacity": 70},
        ),
        Operation(
            exhibit="classify",
            name="explanations",
            summary="Five explanations of one prediction, from saliency to Grad-CAM, side by side.",
            function="zoo.exhibits.classify:explanations",
            inputs=(IMAGE,),
            knobs=ExplainKnobs,
            result=Explanations,
            shows="result.label",
            job=True,
            file=File("image/png", ".png", lambda result: encode_png(result.picture), default=False),
            example={"image": "coffee", "model": "resnet-18", "target": "espresso"},
        ),
    ),
)
